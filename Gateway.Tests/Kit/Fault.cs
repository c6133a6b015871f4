namespace Gateway.Tests.Kit;

internal enum FaultKind
{
    None,

    /// <summary>A new connection is taken and reset; one that is open is reset with the next piece of its answer.</summary>
    ResetAtOnce,

    /// <summary>Nothing more is read from either side, nothing is passed on, nothing is closed: a machine that has stopped.</summary>
    Blackhole,

    /// <summary>A reset behind so many bytes of an answer.</summary>
    Reset,

    /// <summary>An orderly end behind so many bytes of an answer.</summary>
    Truncate,

    /// <summary>Silence behind so many bytes of an answer, the connection open.</summary>
    Stall,

    /// <summary>An answer comes so many bytes at a time, with a pause behind each.</summary>
    Trickle,

    /// <summary>Each piece of an answer comes so many milliseconds later.</summary>
    Delay,

    /// <summary>This byte of each answer is another than the instance sent.</summary>
    Corrupt,
}

/// <summary>What a <see cref="FaultRelay"/> does to the connections that go through it.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Bytes">Of an answer: how many pass before the fault, or the size of a piece, or which one is changed; of a delay, milliseconds.</param>
internal readonly record struct Fault(FaultKind Kind, int Bytes = 0)
{
    public static Fault None => default;

    public static Fault ResetAtOnce => new(FaultKind.ResetAtOnce);

    public static Fault Blackhole => new(FaultKind.Blackhole);

    public static Fault ResetAt(int bytes) => new(FaultKind.Reset, bytes);

    public static Fault TruncateAt(int bytes) => new(FaultKind.Truncate, bytes);

    public static Fault StallAt(int bytes) => new(FaultKind.Stall, bytes);

    public static Fault Trickle(int piece) => new(FaultKind.Trickle, piece);

    public static Fault DelayBy(int milliseconds) => new(FaultKind.Delay, milliseconds);

    public static Fault CorruptAt(int at) => new(FaultKind.Corrupt, at);
}
