using FlipAgent.Lab;
using FlipAgent.Lab.Demo;

// The front door of the lab: one verb, one job.
switch (args.FirstOrDefault())
{
    case "serve":
        return await ServeVerb.Run(args[1..]);
    case "demo":
        return await DemoVerb.Run(args[1..]);
    default:
        Console.Error.WriteLine($"{ServeVerb.Usage}\n{DemoOptions.Usage}");
        return args.FirstOrDefault() is "--help" or "help" ? 0 : 2;
}
