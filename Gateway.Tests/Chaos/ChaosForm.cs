namespace Gateway.Tests.Chaos;

/// <summary>How long the cases take: seconds with every build, minutes when the variable <c>GATEWAY_CHAOS</c> is <c>long</c>.</summary>
internal static class ChaosForm
{
    public static readonly bool IsLong = Environment.GetEnvironmentVariable("GATEWAY_CHAOS") == "long";

    public static TimeSpan Seconds(double usually, double inTheLongForm) => TimeSpan.FromSeconds(IsLong ? inTheLongForm : usually);
}
