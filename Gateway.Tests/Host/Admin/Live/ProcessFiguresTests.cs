using Gateway.Host.Admin.Live;
using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Admin.Live;

public sealed class ProcessFiguresTests
{
    [Theory]
    [InlineData("50000 100000", 0.5)]
    [InlineData("200000 100000", 2.0)]
    [InlineData("max 100000", null)]
    [InlineData("", null)]
    [InlineData("x", null)]
    [InlineData("1 0", null)]
    [InlineData(null, null)]
    public void CpuLimit_IsQuotaOfPeriod(string? text, double? cores) => ProcessFigures.CpuLimitOf(text).Should().Be(cores);

    [Theory]
    [InlineData("536870912", 536870912L)]
    [InlineData("max", null)]
    [InlineData(null, null)]
    public void MemoryLimit_IsANumberOfBytes(string? text, long? bytes) => ProcessFigures.MemoryLimitOf(text).Should().Be(bytes);

    [Fact]
    public void ContainersLimits_AreTheProcesss()
    {
        using var files = new ConfigurationFiles();
        File.WriteAllText(Path.Combine(files.Root, "cpu.max"), "150000 100000\n");
        File.WriteAllText(Path.Combine(files.Root, "memory.max"), "1000\n");
        var figures = new ProcessFigures(files.Root);
        (figures.CpuLimit, figures.MemoryLimit).Should().Be((1.5, 1000));
    }

    /// <summary>A change by the admin port makes a snapshot at once: within milliseconds of another, that one told of many cores.</summary>
    [Fact]
    public void LooksThatFollowEachOther_HaveTheFigureOfHalfASecondOrMore()
    {
        TimeSpan used = TimeSpan.Zero;
        var figures = new ProcessFigures("/nowhere", () => used);
        used = TimeSpan.FromSeconds(0.02);
        figures.CpuSince(0.002).Should().Be(0, "there is none yet");
        used = TimeSpan.FromSeconds(1);
        figures.CpuSince(0.998).Should().Be(1);
        used = TimeSpan.FromSeconds(1.02);
        figures.CpuSince(0.002).Should().Be(1);
        used = TimeSpan.FromSeconds(1.25);
        figures.CpuSince(ProcessFigures.Least - 0.002).Should().BeApproximately(0.5, 1e-9, "the short look's time is in it");
    }

    [Fact]
    public void WithoutAContainer_TheyAreTheMachines()
    {
        var figures = new ProcessFigures("/nowhere");
        figures.CpuLimit.Should().Be(Environment.ProcessorCount);
        figures.MemoryLimit.Should().BePositive();
        ProcessFigures.Memory.Should().BePositive();
        figures.CpuSince(1).Should().BeGreaterThanOrEqualTo(0);
    }
}
