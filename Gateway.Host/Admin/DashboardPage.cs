using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Gateway.Host.Admin;

/// <summary>
/// The dashboard: a handful of embedded files that need nothing from anywhere else. A file is compressed when it is first asked for, so that
/// a gateway nobody looks at starts no later for it. Safe for many requests at a time.
/// </summary>
internal sealed class DashboardPage
{
    /// <summary>Nothing but the page's own files may run, style, be shown or be asked; no page may frame it (clickjacking), no form leave it.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Prefix = "page/";

    private readonly FrozenDictionary<string, Lazy<PageFile>> _files = Names()
        .ToFrozenDictionary(static name => name == "index.html" ? "/" : "/" + name, static name => new Lazy<PageFile>(() => PageFile.Of(name, Read(name))));

    /// <summary>Where the page's files are: <c>/</c> and <c>/name</c>, exactly.</summary>
    public IEnumerable<string> Paths => _files.Keys;

    public bool Has(string? path) => path is not null && _files.ContainsKey(path);

    /// <summary>Answers a request for one of <see cref="Paths"/>.</summary>
    public Task AnswerAsync(HttpContext http)
    {
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
        {
            http.Response.Headers.Allow = "GET, HEAD";
            return AdminProblem.Of(StatusCodes.Status405MethodNotAllowed, "The page can only be read.").WriteAsync(http);
        }

        PageFile file = _files[http.Request.Path.Value!].Value;
        IHeaderDictionary headers = http.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";

        // It may be kept, and is asked about each time: a gateway of another version has another page.
        headers.CacheControl = "no-cache";
        headers.Vary = "Accept-Encoding";
        PageVariant variant = file.For(http.Request.Headers.AcceptEncoding);
        headers.ETag = variant.Tag.ToString();
        if (IsKnown(variant.Tag, http.Request.Headers.IfNoneMatch))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        headers.ContentType = file.ContentType;
        headers.ContentLength = variant.Content.Length;
        if (variant.Encoding is not null)
        {
            headers.ContentEncoding = variant.Encoding;
        }

        return HttpMethods.IsHead(http.Request.Method) ? Task.CompletedTask : http.Response.Body.WriteAsync(variant.Content, http.RequestAborted).AsTask();
    }

    /// <summary>RFC 9110, section 13.1.2: by the weak comparison, and * is any.</summary>
    private static bool IsKnown(EntityTagHeaderValue tag, StringValues known) =>
        EntityTagHeaderValue.TryParseList(known.ToArray()!, out IList<EntityTagHeaderValue>? tags)
        && tags.Any(one => one.Equals(EntityTagHeaderValue.Any) || one.Compare(tag, useStrongComparison: false));

    private static IEnumerable<string> Names() => typeof(DashboardPage).Assembly.GetManifestResourceNames()
        .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal)).Select(static name => name[Prefix.Length..]);

    private static byte[] Read(string name)
    {
        Assembly assembly = typeof(DashboardPage).Assembly;
        using Stream stream = assembly.GetManifestResourceStream(Prefix + name)!;
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    /// <summary>One representation of a file.</summary>
    /// <param name="Encoding">Its content coding; null for none.</param>
    /// <param name="Content">The bytes as they are sent.</param>
    /// <param name="Tag">Another for each coding, as RFC 9110, section 8.8.3.3 wants it.</param>
    private sealed record PageVariant(string? Encoding, byte[] Content, EntityTagHeaderValue Tag);

    /// <summary>A file with its representations, the one preferred first.</summary>
    private sealed record PageFile(string ContentType, PageVariant[] Variants)
    {
        public static PageFile Of(string name, byte[] content)
        {
            string hash = Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12));
            PageVariant Variant(string? encoding, byte[] bytes) =>
                new(encoding, bytes, new EntityTagHeaderValue($"\"{hash}{(encoding is null ? "" : "-")}{encoding}\""));
            return new PageFile(
                Path.GetExtension(name) switch
                {
                    ".html" => "text/html; charset=utf-8",
                    ".js" => "text/javascript; charset=utf-8",
                    ".css" => "text/css; charset=utf-8",
                    ".svg" => "image/svg+xml",
                    string other => throw new InvalidOperationException($"The page has no files of the kind '{other}'."),
                },
                [
                    Variant("br", Compress(content, static to => new BrotliStream(to, CompressionLevel.Optimal))),
                    Variant("gzip", Compress(content, static to => new GZipStream(to, CompressionLevel.Optimal))),
                    Variant(null, content),
                ]);
        }

        /// <summary>The first that the client takes; as it stands when it takes none of them (RFC 9110, section 12.5.3).</summary>
        public PageVariant For(StringValues accepted) =>
            StringWithQualityHeaderValue.TryParseList(accepted.ToArray()!, out IList<StringWithQualityHeaderValue>? codings)
                ? Variants.First(variant => variant.Encoding is null
                    || codings.Any(coding => coding.Value.Equals(variant.Encoding, StringComparison.OrdinalIgnoreCase) && coding.Quality is null or > 0))
                : Variants[^1];

        private static byte[] Compress(byte[] content, Func<Stream, Stream> by)
        {
            using var compressed = new MemoryStream();
            using (Stream stream = by(compressed))
            {
                stream.Write(content);
            }

            return compressed.ToArray();
        }
    }
}
