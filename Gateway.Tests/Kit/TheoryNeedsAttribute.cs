namespace Gateway.Tests.Kit;

/// <summary>A theory that asks a program of the machine: without it, it is skipped and says why; in CI it fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TheoryNeedsAttribute : TheoryAttribute
{
    public TheoryNeedsAttribute(string program) => (Program, Skip) = (program, Programs.WhyNot(program));

    public string Program { get; }
}
