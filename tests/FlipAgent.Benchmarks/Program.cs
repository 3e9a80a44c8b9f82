using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using FlipAgent.Benchmarks;

// make benchmarks: what one advert and one second of a cluster cost the processor and the heap. The arguments are BenchmarkDotNet's own (--filter '*Decode*', --help);
// --dry runs each once, without measuring anything. All in this process: a generated project would be built by the repository's rules.
var dry = args.Contains("--dry");
var job = (dry ? Job.Dry : Job.Default).WithToolchain(InProcessEmitToolchain.Instance);
var config = ManualConfig.Create(DefaultConfig.Instance).AddJob(job).AddDiagnoser(MemoryDiagnoser.Default)
    .WithArtifactsPath(Environment.GetEnvironmentVariable("BENCHMARKS_OUT") ?? "out/benchmarks")
    .WithOption(ConfigOptions.DisableOptimizationsValidator, dry);
string[] which = args.Contains("--filter") ? [] : ["--filter", "*"];
var summaries = BenchmarkSwitcher.FromTypes([typeof(AdvertBenchmarks), typeof(StepBenchmarks)]).Run([.. args.Where(a => a != "--dry"), .. which], config);
return summaries.Any() && summaries.All(s => !s.HasCriticalValidationErrors && s.Reports.All(r => r.Success)) ? 0 : 1;
