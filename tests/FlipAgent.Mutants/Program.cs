using System.Diagnostics;
using System.Globalization;
using FlipAgent.Mutants;

// Tries the mutants that Stryker made (docs/mutation.md). Stryker starts a test host for each mutant, which takes seconds; here one warm process
// tries hundreds of them.
//   flipagent-mutants try FOLDER REPORT.json OUT.tsv [FILE...]   FOLDER: the tests with the mutated core; FILE: only mutants of these files
//   flipagent-mutants worker FOLDER                              ids on standard input, verdicts on standard output
return args switch
{
    ["worker", var folder] => new Worker(folder).Run(Console.In, Quiet()),
    ["try", var folder, var report, var output, .. var files] => Supervisor.Run(folder, report, output, files),
    _ => Usage(),
};

// What the tests print is nobody's answer. A worker that hangs in a mutant does not outlive who asked it.
static TextWriter Quiet()
{
    var supervisor = Process.GetProcessById(int.Parse(Environment.GetEnvironmentVariable("SUPERVISOR") ?? "1", CultureInfo.InvariantCulture));
    new Thread(() =>
    {
        supervisor.WaitForExit();
        Environment.Exit(1);
    })
    { IsBackground = true }.Start();
    var answers = Console.Out;
    Console.SetOut(TextWriter.Null);
    return answers;
}

static int Usage()
{
    Console.Error.WriteLine("usage: flipagent-mutants try FOLDER REPORT.json OUT.tsv [FILE...] | worker FOLDER");
    return 2;
}
