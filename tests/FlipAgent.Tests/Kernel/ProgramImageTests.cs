using FlipAgent.Kernel;

namespace FlipAgent.Tests.Kernel;

public class ProgramImageTests
{
    /// <summary>As Linux 6 shows the agent of 1.1.0, shortened: ranges of data, between them a page that the start has written to, and one that was written to and swapped out.</summary>
    private const string Recorded =
        """
        565204628000-565204c9d000 r--p 00000000 fe:00 5360344                    /usr/sbin/flipagent
        Size:               6612 kB
        Rss:                6588 kB
        Anonymous:             0 kB
        Swap:                  0 kB
        VmFlags: rd mr mw me lo sd
        565204c9d000-565204c9e000 r--p 00675000 fe:00 5360344                    /usr/sbin/flipagent
        Rss:                   4 kB
        Private_Dirty:         4 kB
        Anonymous:             4 kB
        Swap:                  0 kB
        565204c9e000-565204f63000 r--p 00676000 fe:00 5360344                    /usr/sbin/flipagent
        Anonymous:             0 kB
        Swap:                  0 kB
        565204f63000-565204f64000 r--p 0093a000 fe:00 5360344                    /usr/sbin/flipagent
        Anonymous:             0 kB
        Swap:                  4 kB
        565204f64000-5652058aa000 r-xp 0093b000 fe:00 5360344                    /usr/sbin/flipagent
        Anonymous:             0 kB
        Swap:                  0 kB
        5652058ac000-5652058ee000 rw-p 01281000 fe:00 5360344                    /usr/sbin/flipagent
        Anonymous:             0 kB
        Swap:                  0 kB
        5652058ee000-565205e35000 rw-p 00000000 00:00 0 
        Anonymous:             0 kB
        Swap:                  0 kB
        7fbaad25c000-7fbaad280000 r--p 00000000 fe:00 131349                     /usr/lib/x86_64-linux-gnu/libc.so.6
        Anonymous:             0 kB
        Swap:                  0 kB
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
        Anonymous:             0 kB
        Swap:                  0 kB
        """;

    [Fact]
    public void Only_data_and_code_of_the_program_that_are_as_in_its_file_are_given_back() =>
        Assert.Equal(
            [(unchecked((nint)0x565204628000), (nuint)0x675000), (unchecked((nint)0x565204c9e000), (nuint)0x2c5000), (unchecked((nint)0x565204f64000), (nuint)0x946000)],
            ProgramImage.Unwritten(Recorded.Split('\n'), "/usr/sbin/flipagent"));

    [Theory]
    [InlineData("")]
    [InlineData("Anonymous: 0 kB\nSwap: 0 kB")]
    [InlineData("1000-2000 r--p 00000000 fe:00 1 /usr/sbin/flipagent\nAnonymous: 0 kB")]
    [InlineData("1000-2000 r--p 00000000 fe:00 1 /usr/sbin/flipagent")]
    [InlineData("1000-2000 r--p 00000000 fe:00 1 /usr/sbin/flipagent\nAnonymous: many kB\nSwap: 0 kB")]
    [InlineData("2000-1000 r--p 00000000 fe:00 1 /usr/sbin/flipagent\nAnonymous: 0 kB\nSwap: 0 kB")]
    [InlineData("x-y r--p 00000000 fe:00 1 /usr/sbin/flipagent\nAnonymous: 0 kB\nSwap: 0 kB")]
    [InlineData("1000-2000 r--p 00000000 fe:00 1 /usr/sbin/flipagent (deleted)\nAnonymous: 0 kB")]
    public void What_is_not_understood_is_left_alone(string smaps) =>
        Assert.Empty(ProgramImage.Unwritten(smaps.Split('\n'), "/usr/sbin/flipagent"));

    [Fact]
    public void The_mappings_of_a_running_process_are_found_and_can_be_given_back_while_it_runs()
    {
        var program = File.ReadLines("/proc/self/maps").Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries))
            .First(words => words is [_, "r--p", _, _, _, var path] && path.Contains("libcoreclr", StringComparison.Ordinal))[5];
        var found = ProgramImage.Unwritten(File.ReadLines("/proc/self/smaps"), program).ToList();
        Assert.NotEmpty(found);
        // Memory that another test has had locked in this process is not given back (madvise(2), EINVAL).
        var locked = File.ReadLines("/proc/self/status").Any(l => l.StartsWith("VmLck:", StringComparison.Ordinal) && !l.EndsWith(" 0 kB", StringComparison.Ordinal));
        Assert.All(found, range => Assert.True(Libc.MAdvise(range.Start, range.Length, 4) == 0 || locked));
        GC.Collect();
        ProgramImage.GiveBack();
    }

    [Theory]
    [InlineData(0x4000, 0x1000, "2000+2000 5000+4000")]
    [InlineData(0x3abc, 0x0001, "2000+1000 4000+5000")]
    [InlineData(0x3abc, 0x1000, "2000+1000 5000+4000")]
    [InlineData(0x1000, 0x2000, "3000+6000")]
    [InlineData(0x8fff, 0x9000, "2000+6000")]
    [InlineData(0x2000, 0x7000, "")]
    [InlineData(0x1000, 0x1000, "2000+7000")]
    [InlineData(0x9000, 0x1000, "2000+7000")]
    public void The_pages_that_are_kept_are_left_out_as_a_whole(int start, int length, string left) =>
        Assert.Equal(left, string.Join(' ', ProgramImage.Without((0x2000, 0x7000), (start, (nuint)length)).Select(part => $"{part.Start:x}+{part.Length:x}")));

    [Fact]
    public void Nothing_is_kept_where_memory_is_not_locked() => Assert.Equal([(0x2000, (nuint)0x7000)], ProgramImage.Without((0x2000, 0x7000), null));

    [Theory]
    [InlineData(0x1100, 0x1800, true)]
    [InlineData(0x1000, 0x2000, true)]
    [InlineData(0x1800, 0x1100, false)]
    [InlineData(0x1100, 0x1100, false)]
    [InlineData(0x0f00, 0x1800, false)]
    [InlineData(0x1100, 0x2001, false)]
    [InlineData(0x1100, 0x3100, false)]
    [InlineData(0x100000, 0x1000000, false)]
    public void What_is_kept_lies_in_one_mapping_and_in_the_order_of_the_functions(int begin, int end, bool isKept)
    {
        (nint, nuint)[] mappings = [(0x3000, 0x1000), (0x1000, 0x1000), (0x100000, 0x2000000)];
        Assert.Equal(isKept ? (begin, (nuint)(end - begin)) : null, ProgramImage.Between(begin, end, mappings));
    }

    [Fact]
    public void The_functions_of_a_program_that_is_not_laid_out_are_not_kept() => Assert.Null(ProgramImage.Urgent([]));
}
