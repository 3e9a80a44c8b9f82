using FlipAgent.Kernel;

namespace FlipAgent.Tests;

public sealed class OpenSslTests
{
    [Fact]
    public void A_machine_without_OpenSSL_is_one_sentence_with_the_packages_that_have_it()
    {
        var sentence = OpenSsl.Missing(["libnossuchssl.so.3", "libnossuchssl.so.1.1"]);
        Assert.Equal("no OpenSSL on this machine: expected libnossuchssl.so.3 or libnossuchssl.so.1.1 (package libssl3t64, libssl3 or libssl1.1)", sentence);
    }

    [Fact]
    public void The_heap_that_OpenSSL_allocates_from_can_be_one_for_all_threads() => Assert.True(NativeHeap.ShareOneArena());

    [Fact]
    public void The_OpenSSL_of_this_machine_is_found() => Assert.Null(OpenSsl.Missing());
}
