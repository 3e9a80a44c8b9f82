// Each test boots machines: one test at a time is enough for two cores.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
