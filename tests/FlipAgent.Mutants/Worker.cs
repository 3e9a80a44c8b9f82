using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;

namespace FlipAgent.Mutants;

/// <summary>
/// One warm process: all tests of the core are in memory, and a number says which mutant is awake. The tests that caught the last mutants of a file are
/// run first for the next one, for a new file those that caught the last mutants of any; tests that have caught none, the quickest first.
/// </summary>
internal sealed class Worker
{
    /// <summary>
    /// Tests that play hours of several clusters. They take four fifths of the time of all tests together, which each mutant that survives would pay;
    /// shorter rows and seeds stand for them.
    /// </summary>
    private static readonly string[] s_long =
    [
        "RequestBudgetTests.C5_pairs_that_share_an_account_all_fail_over_when_its_limit_is_reached",
        "RequestBudgetTests.C6_a_healthy_cluster_asks_24_times_an_hour_and_4_for_each_further_node(3, 28)",
        "RequestBudgetTests.C6_a_healthy_cluster_asks_24_times_an_hour_and_4_for_each_further_node(5, 36)",
        "InquiryTests.E3_in_simulated_clusters_adverts_that_are_held_back_keep_no_dead_master_alive",
    ];

    private readonly List<(string Name, Action Run)> _tests = [];
    private readonly Dictionary<string, List<int>> _orders = [];
    private List<int> _orderOfAll = [];
    private readonly FieldInfo _awake;
    private readonly long[] _ticks;

    public Worker(string folder)
    {
        AssemblyLoadContext.Default.Resolving += (context, name) =>
            Path.Combine(folder, name.Name + ".dll") is var file && File.Exists(file) ? context.LoadFromAssemblyPath(file) : null;
        var core = AssemblyLoadContext.Default.LoadFromStream(new MemoryStream(Optimizable(File.ReadAllBytes(Path.Combine(folder, "FlipAgent.Core.dll")))));
        var control = core.GetTypes().Single(t => t.Name == "MutantControl");
        _awake = control.GetField("ActiveMutant", BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)!;
        var seeds = int.TryParse(Environment.GetEnvironmentVariable("SIM_SEEDS"), out var n) ? n : 60;
        Collect(AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.Combine(folder, "FlipAgent.Core.Tests.dll")));
        foreach (var name in s_long)
            if (_tests.RemoveAll(t => t.Name == name) != 1)
                throw new InvalidOperationException($"no test is called {name}: its name in {nameof(s_long)} is out of date");
        CollectSeeds(AssemblyLoadContext.Default.LoadFromAssemblyPath(Path.Combine(folder, "flipagent-sim.dll")), seeds);
        _ticks = new long[_tests.Count];
        _orderOfAll = [.. Enumerable.Range(0, _tests.Count)];
    }

    /// <summary>Says "ready SECONDS" when all tests have passed with no mutant awake, then answers "ID FILE" with "ID killed TEST" or "ID survived".</summary>
    public int Run(TextReader input, TextWriter output)
    {
        // A mutant of a static field is there from the start or never: then it is named in the environment, and there is nothing to compare with.
        var fromStart = Environment.GetEnvironmentVariable("ActiveMutation") is { Length: > 0 };
        if (!fromStart)
        {
            _awake.SetValue(null, -1);
            for (var round = 0; round < 2; round++)
            {
                var clock = Stopwatch.StartNew();
                if (FirstToFail(Enumerable.Range(0, _tests.Count)) is { } broken)
                {
                    output.WriteLine($"broken {_tests[broken.Test].Name}: {broken.Why}");
                    return 1;
                }
                if (round == 1)
                    output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ready {clock.Elapsed.TotalSeconds:0.00}"));
                if (round == 1)
                    _orderOfAll = [.. _orderOfAll.OrderBy(test => _ticks[test])];
            }
        }
        else
        {
            output.WriteLine("ready 0");
        }
        output.Flush();
        while (input.ReadLine()?.Split(' ', 2) is [var id, var file])
        {
            _awake.SetValue(null, int.Parse(id, CultureInfo.InvariantCulture));
            var order = Order(file);
            var failed = FirstToFail(order);
            _awake.SetValue(null, -1);
            if (failed is { } f)
                foreach (var list in (List<int>[])[order, _orderOfAll])
                {
                    list.Remove(f.Test);
                    list.Insert(0, f.Test);
                }
            output.WriteLine(failed is { } caught ? $"{id} killed {_tests[caught.Test].Name}" : $"{id} survived");
            output.Flush();
        }
        return 0;
    }

    private List<int> Order(string file)
    {
        if (!_orders.TryGetValue(file, out var order))
            _orders[file] = order = [.. _orderOfAll];
        return order;
    }

    private (int Test, string Why)? FirstToFail(IEnumerable<int> order)
    {
        foreach (var test in order)
        {
            var start = Stopwatch.GetTimestamp();
            try
            {
                _tests[test].Run();
            }
            catch (Exception e)
            {
                return (test, (e.InnerException ?? e).Message.Split('\n')[0]);
            }
            _ticks[test] = Stopwatch.GetTimestamp() - start;
        }
        return null;
    }

    private void Collect(Assembly tests)
    {
        foreach (var method in tests.GetTypes().Where(t => t.Name is not ("SimulatorTests" or "PlantedBugTests" or "FaultTableTests")).SelectMany(t => t.GetMethods()))
        {
            var marks = method.GetCustomAttributes().Where(a => IsOrExtends(a.GetType(), "FactAttribute")).ToList();
            if (marks is not [var mark] || mark.GetType().GetProperty("Skip")!.GetValue(mark) is not null)
                continue;
            var data = method.GetCustomAttributes().Where(a => IsOrExtends(a.GetType(), "DataAttribute")).ToList();
            if (data.Count == 0)
                _tests.Add(($"{method.DeclaringType!.Name}.{method.Name}", () => Call(method, [])));
            foreach (var row in data.SelectMany(d => (IEnumerable<object?[]?>)d.GetType().GetMethod("GetData")!.Invoke(d, [method])!).Select(row => row ?? [null]))
                _tests.Add(($"{method.DeclaringType!.Name}.{method.Name}({string.Join(", ", row)})", () => Call(method, row)));
        }
    }

    private void CollectSeeds(Assembly simulator, int count)
    {
        var run = simulator.GetTypes().Single(t => t.Name == "Trial").GetMethod("Run", BindingFlags.Static | BindingFlags.Public)!;
        for (ulong seed = 0; seed < (ulong)count; seed++)
        {
            // No trace, the story that the seed draws.
            var arguments = Fit(run, [seed, 0, null]);
            _tests.Add(($"seed {seed}", () => Survive(run.Invoke(null, arguments)!)));
        }
    }

    private static void Survive(object outcome)
    {
        if (outcome.GetType().GetProperty("Failure")!.GetValue(outcome) is string failure)
            throw new InvalidOperationException(failure);
    }

    /// <summary>
    /// Stryker compiles for a debugger, which forbids the runtime to optimize: several times slower. The value of the DebuggableAttribute is changed from
    /// "all of that" to "no symbols needed" (ECMA-335 II.23.3: prolog, the enum as int32, no named arguments).
    /// </summary>
    private static byte[] Optimizable(byte[] image)
    {
        if (image.AsSpan().IndexOf((ReadOnlySpan<byte>)[1, 0, 7, 1, 0, 0, 0, 0]) is var at and >= 0)
            ((ReadOnlySpan<byte>)[1, 0, 2, 0, 0, 0, 0, 0]).CopyTo(image.AsSpan(at));
        return image;
    }

    private static void Call(MethodInfo method, object?[] arguments)
    {
        var self = method.IsStatic ? null : Activator.CreateInstance(method.DeclaringType!);
        try
        {
            method.Invoke(self, Fit(method, arguments));
        }
        finally
        {
            (self as IDisposable)?.Dispose();
        }
    }

    /// <summary>The numbers of a row of data as the types that the method wants.</summary>
    private static object?[] Fit(MethodInfo method, object?[] arguments) => [.. method.GetParameters().Zip(arguments, (p, a) =>
        a is null || p.ParameterType.IsInstanceOfType(a) ? a
        : p.ParameterType.IsEnum ? Enum.ToObject(p.ParameterType, a)
        : a is IConvertible && p.ParameterType.IsPrimitive ? Convert.ChangeType(a, p.ParameterType, CultureInfo.InvariantCulture) : a)];

    private static bool IsOrExtends(Type? type, string name) => type is not null && (type.Name == name || IsOrExtends(type.BaseType, name));
}
