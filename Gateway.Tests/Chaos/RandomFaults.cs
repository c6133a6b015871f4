using Gateway.Tests.Kit;

namespace Gateway.Tests.Chaos;

/// <summary>Something else goes wrong, or is well again, several times a second, at one of a scene's instances; decided by a seed.</summary>
internal sealed class RandomFaults(ChaosScene scene, int seed)
{
    private const int MaxPauseMs = 400, AnswerBytes = 900, StatusLineBytes = 12;

    private readonly Random _random = new(seed);

    /// <summary>Changes made.</summary>
    public int Changes { get; private set; }

    /// <summary>Goes on until the load has ended, then mends everything.</summary>
    public async Task WhileAsync(Task load)
    {
        while (!load.IsCompleted)
        {
            await RealTime.PassesAsync(TimeSpan.FromMilliseconds(_random.Next(MaxPauseMs / 4, MaxPauseMs)));
            Change(_random.Next(scene.Relays.Length));
            Changes++;
        }

        for (int i = 0; i < scene.Relays.Length; i++)
        {
            Mend(i);
        }
    }

    private void Mend(int at)
    {
        scene.Instances[at].Status = 200;
        scene.Instances[at].Latency = TimeSpan.Zero;
        scene.Relays[at].FaultOf = null;
        scene.Relays[at].Fault = Fault.None;
        scene.Relays[at].Listen();
    }

    private void Change(int at)
    {
        Mend(at);
        switch (_random.Next(8))
        {
            case < 3:
                break;
            case 3:
                scene.Relays[at].Close();
                break;
            case 4:
                scene.Instances[at].Status = _random.Next(2) == 0 ? 500 : 503;
                break;
            case 5:
                scene.Instances[at].Latency = TimeSpan.FromMilliseconds(_random.Next(1, 300));
                break;
            case 6:
                Fault ofSome = Any();
                scene.Relays[at].FaultOf = number => number % 2 == 0 ? ofSome : null;
                break;
            default:
                scene.Relays[at].Fault = Any();
                break;
        }
    }

    private Fault Any() => _random.Next(7) switch
    {
        0 => Fault.ResetAtOnce,
        1 => Fault.Blackhole,
        2 => Fault.ResetAt(_random.Next(AnswerBytes)),
        3 => Fault.TruncateAt(_random.Next(AnswerBytes)),
        4 => Fault.StallAt(_random.Next(AnswerBytes)),
        5 => Fault.Trickle(_random.Next(8, 200)),

        // What stands in a head, in a way that cannot be taken for another head.
        _ => Fault.CorruptAt(_random.Next(StatusLineBytes)),
    };
}
