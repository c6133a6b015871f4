namespace Gateway.Tests.Kit;

/// <summary>A fact that asks a program of the machine: without it, it is skipped and says why; in CI it fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactNeedsAttribute : FactAttribute
{
    public FactNeedsAttribute(string program) => (Program, Skip) = (program, Programs.WhyNot(program));

    public string Program { get; }
}
