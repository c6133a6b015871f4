namespace Gateway.Host.Demo;

/// <summary>The demo cannot start. The message is one sentence for the person at the terminal.</summary>
internal sealed class DemoException(string message, Exception cause) : Exception(message, cause);
