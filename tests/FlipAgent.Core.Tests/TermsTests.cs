namespace FlipAgent.Core.Tests;

/// <summary>Terms are serial numbers: there is no last one, and 0 is none.</summary>
public sealed class TermsTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(1, 0)]
    [InlineData(uint.MaxValue, 0)]
    [InlineData(1, uint.MaxValue)]
    [InlineData(5, uint.MaxValue)]
    [InlineData((1u << 31) + 4, 5)]
    [InlineData((1u << 31) + 5, 5)]
    [InlineData(5, (1u << 31) + 6)]
    public void The_first_is_later_and_the_second_is_not(uint later, uint earlier)
    {
        Assert.True(Terms.IsLater(later, earlier));
        Assert.False(Terms.IsLater(earlier, later));
        Assert.Equal(later, Terms.Latest(earlier, later));
        Assert.Equal(later, Terms.Latest(later, earlier));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(uint.MaxValue)]
    public void A_term_is_not_later_than_itself_and_the_next_one_is(uint term)
    {
        Assert.False(Terms.IsLater(term, term));
        Assert.True(Terms.IsLater(Terms.Next(term), term));
        Assert.NotEqual(0u, Terms.Next(term));
    }
}
