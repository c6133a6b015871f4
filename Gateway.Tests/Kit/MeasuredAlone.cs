namespace Gateway.Tests.Kit;

/// <summary>Tests that look at the memory of the whole process, or at what passes in real time: none of the others runs beside them.</summary>
[CollectionDefinition(nameof(MeasuredAlone), DisableParallelization = true)]
public sealed class MeasuredAlone;
