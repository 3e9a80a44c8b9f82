namespace FlipAgent.Lab.Demo;

/// <summary>Waiting for something that must happen, and saying what did not.</summary>
internal static class Patience
{
    /// <param name="step">What is to happen, as a sentence without its full stop.</param>
    /// <exception cref="StepMissing">It did not, within <paramref name="atMost"/>.</exception>
    public static async Task<T> For<T>(string step, TimeSpan atMost, Func<T?> look, CancellationToken cancel)
        where T : class
    {
        var deadline = DateTimeOffset.UtcNow + atMost;
        while (true)
        {
            if (look() is { } found)
            {
                return found;
            }

            if (DateTimeOffset.UtcNow > deadline)
            {
                throw new StepMissing($"{step}: did not happen within {atMost.TotalSeconds:0.#} s");
            }

            await Task.Delay(10, cancel);
        }
    }

    public static Task Until(string step, TimeSpan atMost, Func<bool> condition, CancellationToken cancel) =>
        For<object>(step, atMost, () => condition() ? step : null, cancel);

    /// <summary>The same for something that has to be asked for; <paramref name="complaint"/> says what is not right yet, null when all is.</summary>
    public static async Task Agreed(string step, TimeSpan atMost, Func<Task<string?>> complaint, CancellationToken cancel)
    {
        var deadline = DateTimeOffset.UtcNow + atMost;
        while (await complaint() is { } wrong)
        {
            if (DateTimeOffset.UtcNow > deadline)
            {
                throw new StepMissing($"{step}: did not happen within {atMost.TotalSeconds:0.#} s; {wrong}");
            }

            await Task.Delay(100, cancel);
        }
    }
}
