using System.Collections.Immutable;
using System.Net;
using FlipAgent.Harness;
using FlipAgent.Outbound;

namespace FlipAgent.Tests.Connections;

/// <summary>The file of addresses is a comfort: whatever stands in its place costs one question to the name service, and neither time nor memory.</summary>
public sealed class AddressFileTests : IDisposable
{
    private static readonly ImmutableArray<IPAddress> s_two = [IPAddress.Parse("192.0.2.7"), IPAddress.Parse("2001:db8::7")];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flipagent-addresses-");

    private string Kept => Path.Combine(_folder.FullName, "api-addresses");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void What_is_written_comes_back_for_its_host_alone()
    {
        Write();
        Assert.Equal(s_two, Read());
        Assert.Equal([s_two[0]], AddressFile.Read(Kept, "api.test", 1).ToArray());
        Assert.Empty(AddressFile.Read(Kept, "other.test", 8));
        Assert.Equal("# Addresses of api.test, for when the name service is away. May be deleted at any time.\napi.test 192.0.2.7\napi.test 2001:db8::7\n", File.ReadAllText(Kept));
        // As an editor may leave it.
        File.WriteAllText(Kept, "\uFEFF# mine\r\napi.test 192.0.2.7\r\n\r\napi.test 192.0.2.7");
        Assert.Equal([s_two[0]], Read());
    }

    [Fact]
    public void F15_a_pipe_in_place_of_the_file_is_no_file_and_gives_way_to_one()
    {
        Shell.Must("mkfifo", Kept);
        Shell.Must("mkfifo", Kept + ".new");
        Assert.Empty(Read());
        Write();
        Assert.Equal(s_two, Read());
        Assert.Equal([Kept], Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void F15_no_link_is_followed()
    {
        var outside = Path.Combine(_folder.FullName, "outside");
        File.WriteAllText(outside, "mine");
        File.CreateSymbolicLink(Kept, outside);
        File.CreateSymbolicLink(Kept + ".new", outside);
        Write();
        Assert.Equal(s_two, Read());
        Assert.Equal("mine", File.ReadAllText(outside));
    }

    [Fact]
    public void F15_a_file_that_somebody_filled_with_something_else_is_not_read_to_its_end()
    {
        // 400 MB without the end of a line, which the disk need not have.
        using (var large = File.Create(Kept))
            large.SetLength(400_000_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Empty(AddressFile.Read(Kept, "api.test", 8));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        Directory.CreateDirectory(Kept + ".new");
        Write();
        Assert.Empty(Read());
    }

    private void Write() => Assert.True(Task.Run(() => AddressFile.Write(Kept, "api.test", s_two)).Wait(TimeSpan.FromSeconds(20)), "it waits for a reader of the pipe");

    private IPAddress[] Read()
    {
        var read = Task.Run(() => AddressFile.Read(Kept, "api.test", 8));
        Assert.True(read.Wait(TimeSpan.FromSeconds(20)), "it waits for a writer of the pipe");
        return [.. read.Result];
    }
}
