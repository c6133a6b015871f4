namespace Gateway.Tests.Manifests;

public sealed class PromExpressionTests
{
    [Theory]
    [InlineData("up", "up")]
    [InlineData("absent(up{job=\"a\"} == 1)", "up")]
    [InlineData("sum by (a, b) (rate(x_total{c=~\"5..\", d!=\"}\"}[5m])) / on (a) group_left (b) y:z:rate5m > 14.4 * 1e3", "x_total,y:z:rate5m")]
    [InlineData("a > 0.1 and b or c unless on(x) d offset 5m", "a,b,c,d")]
    [InlineData("histogram_quantile(0.99, sum by (le) (rate(h_bucket[5m])))", "h_bucket")]
    public void Metrics_AreFound(string expression, string metrics) => PromExpression.Metrics(expression).Should().Equal(metrics.Split(','));
}
