using System.Text.Json.Serialization;

namespace Gateway.Host.Demo;

/// <summary>The demo services' JSON, generated at build time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DemoRefusal))]
[JsonSerializable(typeof(DemoAnswer<FaultReport>))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(DemoAnswer<LoginAnswer>))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(VerifyAnswer))]
[JsonSerializable(typeof(ProfileChange))]
[JsonSerializable(typeof(DemoAnswer<Profile>))]
[JsonSerializable(typeof(ProductChange))]
[JsonSerializable(typeof(DemoAnswer<Product>))]
[JsonSerializable(typeof(DemoAnswer<Product[]>))]
[JsonSerializable(typeof(DemoAnswer<UploadAnswer>))]
[JsonSerializable(typeof(DemoAnswer<CartLine>))]
[JsonSerializable(typeof(DemoAnswer<CartLine[]>))]
[JsonSerializable(typeof(OrderRequest))]
[JsonSerializable(typeof(DemoAnswer<Order>))]
[JsonSerializable(typeof(DemoAnswer<Order[]>))]
[JsonSerializable(typeof(PaymentRequest))]
[JsonSerializable(typeof(DemoAnswer<Payment>))]
[JsonSerializable(typeof(DemoAnswer<Payment[]>))]
[JsonSerializable(typeof(NotificationRequest))]
[JsonSerializable(typeof(DemoAnswer<Notification>))]
[JsonSerializable(typeof(DemoAnswer<Notification[]>))]
internal sealed partial class DemoJson : JsonSerializerContext;
