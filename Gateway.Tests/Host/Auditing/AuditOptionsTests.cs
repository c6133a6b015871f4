using Gateway.Tests.Kit;

namespace Gateway.Tests.Host.Auditing;

public sealed class AuditOptionsTests
{
    [Fact]
    public void KnownId_IsFine() => ConfigurationFiles.ExpectProblems("""{ "Gateway": { "Audit": { "Ignore": [ "GW1001", "GW1302" ] } } }""");

    [Fact]
    public void UnknownId_IsAProblem() => ConfigurationFiles.ExpectProblems(
        """{ "Gateway": { "Audit": { "Ignore": [ "GW1001", §"GW1O02", §"health" ] } } }""",
        "Gateway:Audit:Ignore:1: there is no finding 'GW1O02'; did you mean 'GW1002'?; 'gateway check --list' names them all",
        "Gateway:Audit:Ignore:2: there is no finding 'health'; 'gateway check --list' names them all");
}
