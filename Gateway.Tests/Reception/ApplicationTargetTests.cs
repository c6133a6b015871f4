using Gateway.Core.Reception;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Reception;

public sealed class ApplicationTargetTests
{
    /// <summary>What was sent, what the application hands over, and the target that is meant; null where it stands as it was sent.</summary>
    [Theory]
    [InlineData("/a/b?q=%41", "", "/a/b", "?q=%41", null)]
    [InlineData("/a%20%C3%A9/b%2Fc", "", "/a é/b%2Fc", "", null)]
    [InlineData("/a/../%2e/b", "", "/b", "", null)]
    [InlineData("http://host/a%41?q", "", "/aA", "?q", null)]
    [InlineData("/base/a%41%2Fb?q=%41", "/base", "/aA%2Fb", "?q=%41", "/a%41%2Fb?q=%41")]
    [InlineData("/b%61se/a", "/base", "/a", "", "/a")]
    [InlineData("/base", "/base", "", "", "/")]
    [InlineData("/base?q", "/base", "", "?q", "/?q")]
    [InlineData("/one/two/", "/one/two", "/", "", "/")]
    [InlineData("/one/two/three", "/one/two", "/three", "", "/three")]
    [InlineData("/old/x?q", "", "/new/x", "?q", "/new/x?q")]
    [InlineData("/old/x?q", "", "/old/x", "?other", "/old/x?other")]
    [InlineData("/old/x", "/base", "/new x/%2F", "", "/new%20x/%2F")]
    [InlineData("/old", "", "", "", "/")]
    [InlineData("/basement", "/base", "/ment", "", "/ment")]
    public void Target_IsThatOfTheApplication(string sent, string pathBase, string path, string query, string? meant)
    {
        HttpRequest request = new DefaultHttpContext().Request;
        (request.PathBase, request.Path, request.QueryString) = (pathBase, path, new QueryString(query));

        ApplicationTarget.Of(request, PathNormalizer.Normalize(sent)).Should().Be(meant);
    }
}
