using System.Buffers.Binary;
using FlipAgent.Harness;
using FlipAgent.Tests.Control;

namespace FlipAgent.Tests.Page;

/// <summary>The pictures of the page in the documents; <c>make pictures</c> (PICTURES=1) draws them anew.</summary>
[Trait("Category", "Browser")]
public sealed class PictureTests
{
    private static readonly bool s_draw = Environment.GetEnvironmentVariable("PICTURES") == "1";

    [NeedsFact("chromium")]
    public async Task The_documents_show_the_page()
    {
        await using var browser = await Browser.Start();
        foreach (var (state, width, dark) in new[] { ("ok", 1280, false), ("degraded", 1280, true), ("ok", 390, false), ("critical", 390, true) })
        {
            await using var agent = await PageTests.Serve(state);
            agent.Report = agent.Report with
            {
                Version = "1.2.0",
                Checks = [.. agent.Report.Checks.Select(check => check with { Since = DateTimeOffset.UtcNow.AddMinutes(-20) })],
                Nodes = [.. agent.Report.Nodes.Select(node => node with { Version = "1.2.0" })],
            };
            await browser.Look(width, dark);
            await browser.Open(agent.Http);
            var picture = await browser.Picture();
            var name = $"{state}-{width}-{(dark ? "dark" : "light")}.png";
            var file = Repository.PathOf($"docs/pictures/{name}");
            if (s_draw)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                await File.WriteAllBytesAsync(file, picture);
            }
            var kept = await File.ReadAllBytesAsync(file);
            Assert.Equal(width, BinaryPrimitives.ReadInt32BigEndian(kept.AsSpan(16)));
            Assert.InRange(kept.Length, 5_000, s_draw ? 500_000 : 100_000);
            // Fonts differ from machine to machine; a page of another shape does not fit.
            Assert.InRange(Height(kept), 0.7 * Height(picture), 1.3 * Height(picture));
            Assert.Contains($"pictures/{name}", await File.ReadAllTextAsync(Repository.PathOf("docs/status-page.md")));
        }
    }

    private static int Height(byte[] picture) => BinaryPrimitives.ReadInt32BigEndian(picture.AsSpan(20));
}
