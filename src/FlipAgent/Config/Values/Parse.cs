namespace FlipAgent.Config.Values;

/// <summary>
/// Reads one value from the text of a scalar. Null when it is fine; otherwise the second half of a sentence that begins with the key and the
/// text: what is wrong with it, "; expected", what was expected. It never repeats the text, which may come from the environment.
/// </summary>
internal delegate string? Parse<T>(string text, out T value);
