namespace Gateway.Host.Demo;

/// <summary>A product.</summary>
/// <param name="Id">From 1 on.</param>
/// <param name="Name">What it is called.</param>
/// <param name="PriceCents">Price in hundredths of the currency.</param>
internal sealed record Product(int Id, string Name, long PriceCents);

/// <summary>The products: the same twelve at every start. Safe from any thread.</summary>
internal sealed class ProductCatalogue
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, Product> _products = [];
    private int _lastId;

    public ProductCatalogue()
    {
        string[] names =
        [
            "Kettle", "Teapot", "Mug", "Espresso cup", "Tray", "Tea towel",
            "Desk lamp", "Floor lamp", "Bookend", "Notebook", "Fountain pen", "Ink",
        ];
        foreach (string name in names)
        {
            Add(name, 500 + (350 * _lastId));
        }
    }

    /// <summary>Those whose name contains the text, case ignored; all without one. By id.</summary>
    public Product[] Search(string? text)
    {
        lock (_gate)
        {
            return [.. _products.Values.Where(product => text is null || product.Name.Contains(text, StringComparison.OrdinalIgnoreCase))];
        }
    }

    public Product? Find(int id)
    {
        lock (_gate)
        {
            return _products.GetValueOrDefault(id);
        }
    }

    /// <summary>Null when the catalogue is full.</summary>
    public Product? Add(string name, long priceCents)
    {
        lock (_gate)
        {
            if (_products.Count >= DemoLimits.Products)
            {
                return null;
            }

            int id = ++_lastId;
            return _products[id] = new Product(id, name, priceCents);
        }
    }

    /// <summary>Null when there is no such product.</summary>
    public Product? Change(int id, string name, long priceCents)
    {
        lock (_gate)
        {
            return _products.ContainsKey(id) ? _products[id] = new Product(id, name, priceCents) : null;
        }
    }

    /// <summary>True when it was there.</summary>
    public bool Remove(int id)
    {
        lock (_gate)
        {
            return _products.Remove(id);
        }
    }
}
