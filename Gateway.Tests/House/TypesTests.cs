using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Gateway.Tests.House;

/// <summary>Sealed always, and no static mutable state.</summary>
public sealed class TypesTests
{
    private const BindingFlags OwnStatics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Type[] OurTypes =
    [
        .. new[] { typeof(Core.GatewayOptions), typeof(Gateway.Host.Demo.DemoServices), typeof(TypesTests) }
            .SelectMany(static type => type.Assembly.GetTypes())
            .Where(static type => type.FullName!.StartsWith("Gateway.", StringComparison.Ordinal) && !IsGenerated(type)),
    ];

    [Fact]
    public void OurTypes_AreThoseOfAllThreeAssemblies()
    {
        OurTypes.Should().Contain([typeof(Core.Errors.OptionErrors), typeof(Gateway.Host.Demo.DemoServices), typeof(TypesTests)]);
    }

    [Fact]
    public void Classes_AreSealedStaticOrAbstract() =>
        OurTypes.Where(static type => type.IsClass && !type.IsSealed && !type.IsAbstract).Should().BeEmpty();

    [Fact]
    public void StaticFields_AreReadonly()
    {
        IEnumerable<string> settable = OurTypes.SelectMany(static type => type.GetFields(OwnStatics))
            .Where(static field => !field.IsInitOnly && !field.IsLiteral && !IsGenerated(field))
            .Select(static field => $"{field.DeclaringType}.{field.Name}");
        settable.Should().BeEmpty();
    }

    [Fact]
    public void StaticFields_HoldNothingThatChanges()
    {
        IEnumerable<string> changing = OurTypes.Where(static type => !type.ContainsGenericParameters)
            .SelectMany(static type => type.GetFields(OwnStatics))
            .Where(static field => !field.IsLiteral)
            .Where(static field => !IsGenerated(field) || field.Name.EndsWith("k__BackingField", StringComparison.Ordinal))
            .Where(static field => CanChange(field.GetValue(null)))
            .Where(static field => !IsATestsConstant(field))
            .Select(static field => $"{field.DeclaringType}.{field.Name}");
        changing.Should().BeEmpty("two pipelines in one process must not share anything");
    }

    [Fact]
    public void WhatCanChange_IsKnown()
    {
        object[] changing =
        [
            new List<int>(), new Dictionary<int, int>(), new HashSet<int>(), new Queue<int>(),
            new ConcurrentDictionary<int, int>(), new ConcurrentQueue<int>(), new ConditionalWeakTable<object, object>(),
            new ThreadLocal<int>(), new AsyncLocal<int>(), new StrongBox<int>(),
        ];
        changing.Should().OnlyContain(static value => CanChange(value));

        object?[] steady =
        [
            null, 1, "text", TimeSpan.Zero, new[] { 1 }, FrozenSet.ToFrozenSet([1]), System.Collections.Immutable.ImmutableArray.Create(1),
            System.Buffers.SearchValues.Create("a"), new List<int>().AsReadOnly(),
        ];
        steady.Should().OnlyContain(static value => !CanChange(value));
    }

    /// <summary>Arrays pass: whoever writes into a static table does so in plain sight.</summary>
    private static bool CanChange(object? value) => value switch
    {
        null or Array => false,
        IDictionary dictionary => !dictionary.IsReadOnly,
        IList list => !list.IsReadOnly,
        _ => value.GetType().GetInterfaces().Append(value.GetType()).Any(type => IsChanging(type, value)),
    };

    private static bool IsChanging(Type type, object value)
    {
        if (!type.IsGenericType)
        {
            return value is Queue or Stack;
        }

        Type open = type.GetGenericTypeDefinition();
        if (open == typeof(ICollection<>))
        {
            return !(bool)type.GetProperty(nameof(ICollection<>.IsReadOnly))!.GetValue(value)!;
        }

        return open == typeof(ThreadLocal<>) || open == typeof(AsyncLocal<>) || open == typeof(StrongBox<>)
            || open == typeof(ConditionalWeakTable<,>) || open == typeof(IProducerConsumerCollection<>)
            || open == typeof(Queue<>) || open == typeof(Stack<>);
    }

    /// <summary>A test class's table of expectations is written once and read by that class alone.</summary>
    private static bool IsATestsConstant(FieldInfo field) =>
        field.IsPrivate && field.IsInitOnly && field.DeclaringType!.Assembly == typeof(TypesTests).Assembly
        && field.DeclaringType.Name.EndsWith("Tests", StringComparison.Ordinal);

    /// <summary>Compilers and generators mark what they write, or give it a name no one could.</summary>
    private static bool IsGenerated(MemberInfo? member) => member is not null
        && (member.Name.Contains('<', StringComparison.Ordinal)
            || member.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
            || member.IsDefined(typeof(System.CodeDom.Compiler.GeneratedCodeAttribute), inherit: false)
            || IsGenerated(member.DeclaringType));
}
