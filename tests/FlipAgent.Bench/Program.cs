using System.Diagnostics;
using FlipAgent.Bench;

// make bench: FlipAgent beside keepalived, in one run. Needs root, for namespaces.
BenchOptions options;
try
{
    if (args is ["--help" or "help", ..])
    {
        Console.WriteLine(BenchOptions.Usage);
        return 0;
    }
    options = BenchOptions.Parse(args);
}
catch (FormatException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
if (Environment.UserName != "root")
{
    Console.Error.WriteLine("make bench needs root: it makes network namespaces");
    return 1;
}
return await new Run(options, Stopwatch.StartNew()).All();
