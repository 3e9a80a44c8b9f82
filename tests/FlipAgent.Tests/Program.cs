namespace FlipAgent.Tests;

/// <summary>
/// The test assembly as a program: parts of it run where no test runner is, inside a booted root or a namespace. The runner itself never comes by here.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is ["unit-scenario", var name, .. var rest])
            return UnitScenario.Run(name, rest);
        Console.Error.WriteLine("usage: dotnet FlipAgent.Tests.dll unit-scenario NAME (the tests themselves: dotnet test)");
        return 2;
    }
}
