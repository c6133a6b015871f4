namespace Gateway.Host.Demo;

/// <summary>Makes a service's requests suffer what its knobs say; the knobs' own path never does.</summary>
internal sealed class FaultMiddleware(FaultKnobs knobs, DemoAnswers answers, TimeProvider clock)
{
    /// <summary>Where the knobs are: GET shows them, POST turns them.</summary>
    public const string Path = "/_fault";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path == Path)
        {
            await next(context);
            return;
        }

        FaultEffect effect = knobs.Next();
        if (effect.BreakOff)
        {
            context.Abort();
            return;
        }

        if (effect.Latency > TimeSpan.Zero && !await WaitAsync(effect.Latency, context.RequestAborted))
        {
            return;
        }

        await (effect.Fail
            ? answers.Refuse(context, StatusCodes.Status500InternalServerError, "This failure was ordered through /_fault.")
            : next(context));
    }

    public Task ShowAsync(HttpContext context) => answers.Ok(context, knobs.Report(), DemoJson.Default.DemoAnswerFaultReport);

    public Task TurnAsync(HttpContext context)
    {
        if (FaultRequest.Parse(context.Request.Query, out string? problem) is not { } request)
        {
            return answers.Refuse(context, StatusCodes.Status400BadRequest, problem!);
        }

        knobs.Turn(request);
        return ShowAsync(context);
    }

    /// <summary>False when the caller left meanwhile.</summary>
    private async Task<bool> WaitAsync(TimeSpan latency, CancellationToken callerLeft)
    {
        try
        {
            await Task.Delay(latency, clock, callerLeft);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
