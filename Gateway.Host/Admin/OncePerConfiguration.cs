using Gateway.Host.Configuration;

namespace Gateway.Host.Admin;

/// <summary>
/// What is made of the configuration in force, once for each: of thousands of routes it takes a second and megabytes, and whoever asks needs no token.
/// Those who ask meanwhile wait for it, and hold no thread. Safe from any thread.
/// </summary>
/// <param name="inForce">The configuration; the same object until another is.</param>
/// <param name="make">Makes it. What it throws comes to those who wait; the next who asks has it made again.</param>
internal sealed class OncePerConfiguration<T>(Func<HostConfiguration> inForce, Func<HostConfiguration, T> make)
{
    private readonly Lock _gate = new();
    private HostConfiguration? _of;
    private Task<T>? _made;

    public Task<T> GetAsync()
    {
        HostConfiguration configuration = inForce();
        lock (_gate)
        {
            if (_made is null || _made.IsFaulted || !ReferenceEquals(_of, configuration))
            {
                (_of, _made) = (configuration, Task.Run(() => make(configuration)));
            }

            return _made;
        }
    }
}
