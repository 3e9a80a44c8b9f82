using System.Globalization;
using FlipAgent.Control;
using FlipAgent.Kernel;

namespace FlipAgent.Tests.Control;

/// <summary>Who asked for something, in words for people on other nodes.</summary>
public sealed class CallerTests
{
    /// <summary>The user of the tests, who may have become root by way of sudo.</summary>
    public static string Me
    {
        get
        {
            var (own, login) = (UserDatabase.OwnUid(), uint.Parse(File.ReadAllText("/proc/self/loginuid"), CultureInfo.InvariantCulture));
            var name = UserDatabase.NameOf(own) ?? $"uid {own}";
            return own == 0 && login is > 0 and not uint.MaxValue ? $"{UserDatabase.NameOf(login) ?? $"uid {login}"} as {name}" : name;
        }
    }

    [Fact]
    public void A_user_is_named_and_one_without_a_name_by_its_number()
    {
        Assert.Equal("root", new Caller(Rights.Change, 0, null).Person());
        Assert.Equal("uid 3999999999", new Caller(Rights.Change, 3_999_999_999, null).Person());
        Assert.Equal(Me, new Caller(Rights.Change, UserDatabase.OwnUid(), Environment.ProcessId).Person());
        Assert.Null(Caller.OverTcp.Person());
    }
}
