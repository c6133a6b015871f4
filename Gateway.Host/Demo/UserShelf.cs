namespace Gateway.Host.Demo;

/// <summary>What each user has of one kind, in memory and bounded by <see cref="DemoLimits"/>. Safe from any thread.</summary>
/// <param name="first">What a user has at the first look; the same in every run.</param>
internal sealed class UserShelf<T>(Func<string, IEnumerable<T>> first) where T : class
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<T>> _items = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public T[] All(string user)
    {
        lock (_gate)
        {
            return [.. OfLocked(user)];
        }
    }

    /// <summary>Adds what <paramref name="make"/> makes of the next number, from 1 on. Null when the user has as many as allowed.</summary>
    public T? Add(string user, Func<int, T> make)
    {
        lock (_gate)
        {
            List<T> items = OfLocked(user);
            if (items.Count >= DemoLimits.ItemsPerUser)
            {
                return null;
            }

            T item = make(items.Count + 1);
            items.Add(item);
            return item;
        }
    }

    /// <summary>Takes out what matches, then puts the item in unless it is null. False when that would be one too many.</summary>
    public bool Replace(string user, Predicate<T> match, T? item)
    {
        lock (_gate)
        {
            List<T> items = OfLocked(user);
            items.RemoveAll(match);
            if (item is null)
            {
                return true;
            }

            if (items.Count >= DemoLimits.ItemsPerUser)
            {
                return false;
            }

            items.Add(item);
            return true;
        }
    }

    private List<T> OfLocked(string user)
    {
        if (_items.TryGetValue(user, out List<T>? items))
        {
            return items;
        }

        if (_order.Count >= DemoLimits.Users)
        {
            _items.Remove(_order.Dequeue());
        }

        _order.Enqueue(user);
        return _items[user] = [.. first(user)];
    }
}
