using Gateway.Host.Commands;
using Gateway.Host.Configuration;

var files = new List<string>();
var sets = new List<SetOption>();
for (int i = 0; i + 1 < args.Length; i++)
{
    if (args[i] == "--config")
    {
        files.Add(args[++i]);
    }
    else if (args[i] == "--set")
    {
        if (SetOption.Parse(args[++i], out string? problem) is not { } set)
        {
            Console.Error.WriteLine(problem);
            return 2;
        }

        sets.Add(set);
    }
}

return CheckCommand.Run(new ConfigurationInputs(files, ValueLayers.ProcessEnvironment(), sets), Console.Out, Console.Error);
