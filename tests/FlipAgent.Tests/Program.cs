namespace FlipAgent.Tests;

/// <summary>
/// The test assembly as a program: parts of it run where no test runner is, inside a booted root, or in a process that is going to be stopped. The
/// runner itself never comes by here.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is ["unit-scenario", var name, .. var rest])
            return UnitScenario.Run(name, rest);
        if (arguments is ["stall-scenario", var script, var hang])
            return CheckRunnerTests.Stall(script, hang);
        if (arguments is ["last-net-scenario", var where])
            return Supervision.LastNetTests.Run(where);
        if (arguments is ["shortage-scenario", .. { Length: 4 } haproxy])
            return ShortageScenario.Run(haproxy);
        Console.Error.WriteLine("usage: dotnet FlipAgent.Tests.dll unit-scenario NAME (the tests themselves: dotnet test)");
        return 2;
    }
}
