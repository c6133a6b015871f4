namespace Gateway.Core.Context;

/// <summary>How a client asks to leave HTTP for another protocol on the same connection or stream.</summary>
internal enum UpgradeForm
{
    None,

    /// <summary><c>Upgrade</c> in HTTP/1.1 (RFC 9110 §7.8).</summary>
    Http1,

    /// <summary>CONNECT with <c>:protocol</c> in HTTP/2 (RFC 8441).</summary>
    ExtendedConnect,
}
