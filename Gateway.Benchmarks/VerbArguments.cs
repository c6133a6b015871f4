using System.Globalization;

namespace Gateway.Benchmarks;

/// <summary>A verb's options, each a name and a value; what cannot be understood is told at the end.</summary>
internal sealed class VerbArguments
{
    private readonly List<KeyValuePair<string, string>> _left = [];
    private readonly List<string> _problems = [];

    public VerbArguments(ReadOnlySpan<string> arguments)
    {
        for (; arguments is [{ } name, { } value, ..]; arguments = arguments[2..])
        {
            _left.Add(new(name, value));
        }

        if (arguments is [{ } last])
        {
            _problems.Add($"{last} has no value");
        }
    }

    /// <summary>The option's last value; null without one.</summary>
    public string? Text(string name) => All(name) is [.., { } last] ? last : null;

    /// <summary>All values of an option that may be repeated.</summary>
    public IReadOnlyList<string> All(string name)
    {
        string[] values = [.. _left.Where(one => one.Key == name).Select(static one => one.Value)];
        _left.RemoveAll(one => one.Key == name);
        return values;
    }

    /// <summary>The option's number, from <paramref name="least"/> to <paramref name="most"/>; null without one.</summary>
    public int? Number(string name, int least, int most)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
        {
            return number;
        }

        _problems.Add(string.Create(CultureInfo.InvariantCulture, $"{name} takes a number from {least} to {most}, not {text}"));
        return null;
    }

    /// <summary>Notes what is wrong with a value.</summary>
    public void Refuse(string problem) => _problems.Add(problem);

    /// <summary>After all options were asked for: writes what was not understood, with the usage. True when there was anything.</summary>
    public bool Complain(string usage)
    {
        _problems.AddRange(_left.Select(static one => $"{one.Key} is not known"));
        foreach (string problem in _problems)
        {
            Console.Error.WriteLine($"{problem}.");
        }

        if (_problems.Count > 0)
        {
            Console.Error.WriteLine($"Usage: {usage}");
        }

        return _problems.Count > 0;
    }
}
