using FlipAgent.State;

namespace FlipAgent.Tests.State;

/// <summary>The file by which the next run knows how long ago this one was alive.</summary>
public sealed class AliveStampTests
{
    [Fact]
    public void The_stamp_is_the_clock_of_the_boot_and_comes_back_when_somebody_takes_the_file_away()
    {
        using var folder = new StateFolder();
        File.WriteAllText(folder.Alive, "99999999999999999999 and more");
        var before = StateFolder.BootMs;
        using var file = folder.Open();
        for (var round = 0; round < 2; round++)
        {
            Stamped(file, () => File.Exists(folder.Alive) && long.TryParse(File.ReadAllText(folder.Alive), out var at) && at >= before);
            File.Delete(folder.Alive);
        }
        Directory.CreateDirectory(folder.Alive);
        file.Stamp();
        Thread.Sleep(20);
        Directory.Delete(folder.Alive);
        Stamped(file, () => File.Exists(folder.Alive));
    }

    private static void Stamped(StateFile file, Func<bool> isThere)
    {
        for (var tries = 0; !isThere(); tries++)
        {
            Assert.True(tries < 1000, "no stamp within 10 s");
            file.Stamp();
            Thread.Sleep(10);
        }
    }
}
