using System.Globalization;
using Google.Protobuf;

namespace Gateway.Tests.Kit;

/// <summary>A span as it came over the wire. Ids in hexadecimal digits, empty for none; attributes as text.</summary>
internal sealed record OtlpSpan(
    string TraceId, string SpanId, string ParentSpanId, string TraceState, string Name, long Kind, ulong Start, ulong End, long Status, string Scope,
    IReadOnlyDictionary<string, string> Attributes, IReadOnlyDictionary<string, string> Resource)
{
    public const long Server = 2, Client = 3;

    public const long Unset = 0, Error = 2;

    /// <summary>An attribute; null for none.</summary>
    public string? this[string name] => Attributes.GetValueOrDefault(name);
}

/// <summary>Reads the messages of opentelemetry-proto 1.x by the numbers of their fields.</summary>
internal static class OtlpMessages
{
    /// <summary>An ExportTraceServiceRequest.</summary>
    public static IEnumerable<OtlpSpan> Spans(byte[] request)
    {
        foreach (ByteString ofResource in All(ByteString.CopyFrom(request), 1))
        {
            Dictionary<string, string> resource = All(ofResource, 1).SelectMany(static one => All(one, 1)).ToDictionary(KeyOf, ValueOf);
            foreach (ByteString ofScope in All(ofResource, 2))
            {
                string scope = All(ofScope, 1).SelectMany(static one => All(one, 1)).Single().ToStringUtf8();
                foreach (ByteString span in All(ofScope, 2))
                {
                    yield return SpanOf(span, scope, resource);
                }
            }
        }
    }

    /// <summary>The names in an ExportMetricsServiceRequest.</summary>
    public static IEnumerable<string> MetricNames(byte[] request) =>
        All(ByteString.CopyFrom(request), 1).SelectMany(static ofResource => All(ofResource, 2)).SelectMany(static ofScope => All(ofScope, 2))
            .Select(static metric => All(metric, 1).Single().ToStringUtf8());

    private static OtlpSpan SpanOf(ByteString span, string scope, IReadOnlyDictionary<string, string> resource)
    {
        ILookup<int, object> fields = Fields(span).ToLookup(static field => field.Number, static field => field.Value);
        string Hex(int number) => fields[number].Select(static id => Convert.ToHexStringLower(((ByteString)id).Span)).SingleOrDefault("");
        string Text(int number) => fields[number].Select(static text => ((ByteString)text).ToStringUtf8()).SingleOrDefault("");
        return new OtlpSpan(
            Hex(1), Hex(2), Hex(4), Text(3), Text(5), (long)fields[6].Single(), (ulong)fields[7].Single(), (ulong)fields[8].Single(),
            fields[15].SelectMany(static status => Fields((ByteString)status)).Where(static field => field.Number == 3).Select(static field => (long)field.Value).SingleOrDefault(),
            scope,
            fields[9].Cast<ByteString>().ToDictionary(KeyOf, ValueOf),
            resource);
    }

    private static string KeyOf(ByteString pair) => All(pair, 1).Single().ToStringUtf8();

    private static string ValueOf(ByteString pair) => Fields(All(pair, 2).Single()).Single() switch
    {
        (1, ByteString text) => text.ToStringUtf8(),
        (_, object other) => Convert.ToString(other, CultureInfo.InvariantCulture)!,
    };

    private static IEnumerable<ByteString> All(ByteString message, int number) =>
        Fields(message).Where(field => field.Number == number).Select(static field => (ByteString)field.Value);

    private static List<(int Number, object Value)> Fields(ByteString message)
    {
        var fields = new List<(int Number, object Value)>();
        CodedInputStream input = message.CreateCodedInput();
        while (input.ReadTag() is not 0 and uint tag)
        {
            fields.Add((WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.LengthDelimited => input.ReadBytes(),
                WireFormat.WireType.Varint => input.ReadInt64(),
                WireFormat.WireType.Fixed64 => input.ReadFixed64(),
                WireFormat.WireType.Fixed32 => (object)input.ReadFixed32(),
                WireFormat.WireType other => throw new InvalidDataException($"The type {other} is not of proto3."),
            }));
        }

        return fields;
    }
}
