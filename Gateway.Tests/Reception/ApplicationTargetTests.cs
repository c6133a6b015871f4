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
    [InlineData("/public/100%2541", "/prefix", "/public/100%41", "", null)]
    [InlineData("/a%2541?q", "", "/a%41", "?other", "/a%2541?other")]
    [InlineData("/old", "", "/new%2e%2e/%2F%41", "", "/new%252e%252e/%2F%2541")]
    [InlineData("http://h/secret/..%2Fpublic/x", "", "/secret/../public/x", "", "/secret/../public/x")]
    public void Target_IsThatOfTheApplication(string sent, string pathBase, string path, string query, string? meant)
    {
        HttpRequest request = new DefaultHttpContext().Request;
        (request.PathBase, request.Path, request.QueryString) = (new PathString(pathBase), new PathString(path), new QueryString(query));

        ApplicationTarget.Of(request, PathNormalizer.Normalize(sent)).Should().Be(meant);
    }
}
