using System.Text.RegularExpressions;
using FlipAgent.Config.Values;

namespace FlipAgent.Config.Keepalived;

/// <summary>A curl or wget that fetches one page, as an http check. With an option that the check has no word for it stays a script.</summary>
internal static class PageGuess
{
    // Options that change nothing about whether the page comes, without and with a value.
    private const string Quiet =
        " -s -S -v -i -g -q -N -4 --silent --show-error --verbose --globoff --no-buffer --ipv4 --include -nv -qS --quiet --no-verbose " +
        "--server-response --spider ";

    private const string QuietWithValue =
        " -o -O -w -A --output --write-out --user-agent --noproxy -t --tries --output-document --connect-timeout ";

    public static Guess? Of(string line)
    {
        // A list, a pipe or anything else that a shell does is more than one page.
        if (Words.OfCommand(line) is not { Length: > 1 } words || s_shell.IsMatch(s_quoted.Replace(line, "")))
            return null;
        var fetch = new Fetch(words[0][(words[0].LastIndexOf('/') + 1)..]);
        return fetch.Program is "curl" or "wget" && fetch.Take([.. words.Skip(1)]) ? fetch.Guess() : null;
    }

    private sealed class Fetch(string program)
    {
        private Uri? _url;
        private string? _host;
        private bool _anyCertificate;
        private bool _fails = program == "wget";
        private bool _follows = program == "wget";
        private bool _sendsProxyHeader;
        private TimeSpan? _timeout;

        public string Program { get; } = program;

        /// <summary>False when there is a word that it does not understand.</summary>
        public bool Take(string[] words)
        {
            for (var i = 0; i < words.Length; i++)
                if (!words[i].StartsWith('-') || words[i].Length == 1)
                {
                    if (!Address(words[i]))
                        return false;
                }
                else if (!Options(words, ref i))
                    return false;
            return _url is not null;
        }

        public Guess Guess()
        {
            List<string> remarks = [];
            if (!_fails)
                remarks.Add("curl without -f is content with any status; the check wants 200 to 299 (or what expect: says)");
            else if (!_follows)
                remarks.Add("curl -f takes a redirection (300 to 399) too; the check wants 200 to 299 (or what expect: says)");
            if (_follows)
                remarks.Add($"{Program} follows redirections, the check does not: give it the address that they lead to");
            if (_sendsProxyHeader)
                remarks.Add("curl sent a PROXY header; add proxy_protocol: v2 to the check");
            return new Guess(new CheckConfig.Http(_url!, [], _host, null, !_anyCertificate, false) { Name = "" }, [.. remarks], _timeout);
        }

        private bool Address(string word)
        {
            var text = word.Contains("://") ? word : "http://" + word;
            // What a shell would replace is no part of the address.
            if (_url is not null || s_variable.IsMatch(word) || Urls.Web(text, out _) is not null || !Uri.TryCreate(text, UriKind.Absolute, out var url) || Echo.IsSecretLike(text))
                return false;
            _url = url;
            return true;
        }

        /// <summary>One word of options: long, or several short ones in a row.</summary>
        private bool Options(string[] words, ref int i)
        {
            var word = words[i];
            if (word.StartsWith("--", StringComparison.Ordinal) || word is "-nv" or "-qS")
            {
                var equals = word.IndexOf('=');
                return Option(equals > 0 ? word[..equals] : word, equals > 0 ? word[(equals + 1)..] : null, words, ref i);
            }

            for (var k = 1; k < word.Length; k++)
            {
                var option = $"-{word[k]}";
                var attached = k + 1 < word.Length ? word[(k + 1)..] : null;
                if (IsOneOf(QuietWithValue, option) || option is "-m" or "-T" or "-H")
                    return Option(option, attached, words, ref i);
                if (!Option(option, null, words, ref i))
                    return false;
            }

            return true;
        }

        private bool Option(string option, string? value, string[] words, ref int i)
        {
            if (IsOneOf(Quiet, option))
                return true;
            switch (option)
            {
                case "-f" or "--fail":
                    _fails = true;
                    return true;
                case "-k" or "--insecure" or "--no-check-certificate":
                    _anyCertificate = true;
                    return true;
                case "-L" or "--location":
                    _follows = true;
                    return true;
                case "--haproxy-protocol":
                    _sendsProxyHeader = true;
                    return true;
            }

            value ??= ++i < words.Length ? words[i] : null;
            return value is not null && WithValue(option, value);
        }

        private bool WithValue(string option, string value)
        {
            switch (option)
            {
                case "-m" or "--max-time" or "-T" or "--timeout":
                    _timeout = Seconds.Parse(value) is { } time && time > TimeSpan.Zero ? time : _timeout;
                    return true;
                case "-H" or "--header" when value.StartsWith("Host:", StringComparison.OrdinalIgnoreCase):
                    _host = value[5..].Trim();
                    return HostHeader.Parse(_host, out _) is null;
                default:
                    return IsOneOf(QuietWithValue, option);
            }
        }

        private static bool IsOneOf(string options, string option) => options.Contains($" {option} ", StringComparison.Ordinal);
    }

    private static readonly Regex s_variable = new(@"\$[A-Za-z_{(\d]");

    private static readonly Regex s_shell = new(@"[|&;<>`$()]");

    private static readonly Regex s_quoted = new(@"""[^""]*""|'[^']*'|https?://\S+");
}
