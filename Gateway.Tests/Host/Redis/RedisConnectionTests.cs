using Gateway.Host.Redis;
using StackExchange.Redis;

namespace Gateway.Tests.Host.Redis;

public sealed class RedisConnectionTests
{
    [Theory]
    [InlineData("redis:6379")]
    [InlineData("redis-a:6379,redis-b:6379,password=secret,ssl=true,user=gateway")]
    public void Address_IsFine(string address) => RedisConnection.ProblemOf(address).Should().BeNull();

    [Theory]
    [InlineData("password=secret", "*names no host*")]
    [InlineData("redis:6379,pasword=secret", "*unknown or malformed*")]
    [InlineData("redis:6379,ssl=maybe", "*unknown or malformed*")]
    public void WrongAddress_IsAProblemThatDoesNotTellTheSecret(string address, string problem) =>
        RedisConnection.ProblemOf(address).Should().Match(problem).And.NotContain("secret");

    [Fact]
    public async Task NobodyThere_CallsFailAtOnceAndTheEndIsQuick()
    {
        await using var connection = new RedisConnection("127.0.0.1:1,connectTimeout=200");
        IDatabase redis = await connection.DatabaseAsync(CancellationToken.None);
        await FluentActions.Awaiting(() => redis.PingAsync()).Should().ThrowAsync<RedisException>();
    }
}
