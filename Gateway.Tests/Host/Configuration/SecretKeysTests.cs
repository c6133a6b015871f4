using System.Text.Json.Serialization.Metadata;
using Gateway.Core;
using Gateway.Core.RateLimiting;
using Gateway.Host.Configuration;

namespace Gateway.Tests.Host.Configuration;

public sealed class SecretKeysTests
{
    [Theory]
    [InlineData(typeof(GatewayOptions))]
    [InlineData(typeof(HostOptions))]
    [InlineData(typeof(KestrelSettings))]
    public void KeyThatLooksLikeASecret_IsClassified(Type root)
    {
        var seen = new HashSet<Type>();
        string[] undecided = [.. Undecided(ConfigurationJson.Options.GetTypeInfo(root), seen)];
        seen.Should().NotBeEmpty();
        undecided.Should().BeEmpty("whoever adds a key that looks like a secret says whether it is one");
    }

    [Theory]
    [InlineData("redis:6379", "redis:6379")]
    [InlineData("10.0.0.1,10.0.0.2:7000", "10.0.0.1,10.0.0.2:7000")]
    [InlineData("redis:6379,password=hunter2,ssl=true", "redis:6379,password=***,ssl=true")]
    [InlineData("redis:6379, Password = hunter2 ,user=u", "redis:6379, Password =***,user=***")]
    [InlineData("redis:6379,password=hunter2==", "redis:6379,password=***")]
    [InlineData("redis://user:hunter2@redis:6379", "***")]
    [InlineData("hunter2", "***")]
    [InlineData("hunter2!x=1", "***=***")]
    public void AddressOfAStore_ShowsNoPassword(string text, string shown) => SecretKeys.Shown(text, Secrecy.ConnectionString, "").Should().Be(shown);

    [Theory]
    [InlineData("X-Canary", "1", "1")]
    [InlineData("Authorization", "Basic abc", "***")]
    [InlineData("X-Api-Key", "abc", "***")]
    [InlineData("X-Auth-Token", "abc", "***")]
    [InlineData("X-Auth", "abc", "***")]
    [InlineData("X-Session", "abc", "***")]
    [InlineData("x-jwt", "abc", "***")]
    [InlineData("pass", "abc", "***")]
    [InlineData("X-Db-Pwd", "abc", "***")]
    [InlineData("Bearer", "abc", "***")]
    [InlineData("X-SID", "abc", "***")]
    [InlineData("X-Tenant", "abc", "abc")]
    public void HeaderThatLooksLikeASecret_IsHidden(string name, string value, string shown) =>
        SecretKeys.Shown(value, Secrecy.ByName, name).Should().Be(shown);

    [Fact]
    public void KeyThatNobodyHasDecidedAbout_IsASecretIfItLooksLikeOne()
    {
        SecretKeys.Of(typeof(RateLimitTierOptions), "ClientSecret").Should().Be(Secrecy.Secret);
        SecretKeys.Of(typeof(RateLimitTierOptions), nameof(RateLimitTierOptions.Capacity)).Should().Be(Secrecy.Open);
        SecretKeys.Shown("x", Secrecy.Secret, "").Should().Be(SecretKeys.Hidden);
    }

    private static IEnumerable<string> Undecided(JsonTypeInfo type, HashSet<Type> seen)
    {
        if (type.ElementType is { } element)
        {
            return Undecided(ConfigurationJson.Options.GetTypeInfo(element), seen);
        }

        if (type.Kind != JsonTypeInfoKind.Object || !seen.Add(type.Type))
        {
            return [];
        }

        return type.Properties.SelectMany(property =>
        {
            JsonTypeInfo value = ConfigurationJson.Options.GetTypeInfo(property.PropertyType);
            bool isUndecided = value.Kind != JsonTypeInfoKind.Object && SecretKeys.LooksSecret(property.Name) && !SecretKeys.IsClassified(type.Type, property.Name);
            return Undecided(value, seen).Concat(isUndecided ? [$"{type.Type.Name}.{property.Name}"] : []);
        });
    }
}
