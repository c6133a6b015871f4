using Gateway.Host.Demo;

namespace Gateway.Tests.Host.Demo;

public sealed class ProductCatalogueTests
{
    private readonly ProductCatalogue _catalogue = new();

    [Fact]
    public void Start_HasTheSameTwelveProducts()
    {
        _catalogue.Search(null).Should().Equal(new ProductCatalogue().Search(null)).And.HaveCount(12);
        _catalogue.Find(1).Should().Be(new Product(1, "Kettle", 500));
    }

    [Fact]
    public void Search_IgnoresCase() =>
        _catalogue.Search("LAMP").Select(static product => product.Name).Should().Equal("Desk lamp", "Floor lamp");

    [Fact]
    public void Change_OfAnUnknownProduct_DoesNothing()
    {
        _catalogue.Change(99, "Spoon", 1).Should().BeNull();
        _catalogue.Find(99).Should().BeNull();
    }

    [Fact]
    public void Removed_IsGone_AndItsNumberIsNotGivenAgain()
    {
        _catalogue.Remove(12).Should().BeTrue();
        _catalogue.Remove(12).Should().BeFalse();
        _catalogue.Add("Spoon", 1)!.Id.Should().Be(13);
    }

    [Fact]
    public void Add_OnTheLimit_IsRefused()
    {
        for (int i = 12; i < DemoLimits.Products; i++)
        {
            _catalogue.Add("Spoon", 1).Should().NotBeNull();
        }

        _catalogue.Add("Spoon", 1).Should().BeNull();
    }
}
