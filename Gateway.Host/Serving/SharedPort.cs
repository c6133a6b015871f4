using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Gateway.Host.Serving;

/// <summary>
/// Listening sockets beside which other processes of the same user may listen, on the same ports (SO_REUSEPORT): the next gateway serves
/// before this one leaves. By itself Linux spreads new connections over both, and resets those that wait to be accepted when one listener
/// closes; so the one that leaves has all new ones sent to the other first. Linux only.
/// </summary>
internal sealed class SharedPort(ILogger log)
{
    // From the kernel's asm-generic/socket.h and linux/bpf_common.h.
    private const int SolSocket = 1, SoReusePort = 15, SoAttachReusePortCbpf = 51;
    private const short BpfRetK = 0x06;

    /// <summary>Which of the sockets on a port gets a new connection: they are numbered from 0 by age. Of two, 1 is the newer. Where there is
    /// only one, that number does not exist, and it gets the connection all the same.</summary>
    private const int Newer = 1;

    private readonly List<Socket> _sockets = [];

    /// <summary>For <see cref="Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets.SocketTransportOptions.CreateBoundListenSocket"/>: what it
    /// does by default, but for the option.</summary>
    /// <exception cref="SocketException">The address cannot be bound, or is another user's.</exception>
    public Socket Bind(EndPoint endpoint)
    {
        if (endpoint is not IPEndPoint address)
        {
            return Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets.SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }

        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.SetRawSocketOption(SolSocket, SoReusePort, BitConverter.GetBytes(1));
            socket.Bind(address);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        _sockets.Add(socket);
        return socket;
    }

    /// <summary>Has new connections sent to the newer of two processes, if there is one. To be called once, while the sockets listen. It goes on
    /// after this process: the next one that comes gets all connections as soon as it listens.</summary>
    public void HandOver()
    {
        SocketException? refusal = null;
        foreach (Socket socket in _sockets)
        {
            try
            {
                Steer(socket, Newer);
            }
            catch (SocketException failure)
            {
                // The kernel may not know how (before 4.5, or a sandbox); then a connection may be lost when the listener closes, as ever.
                refusal = failure;
            }
        }

        if (refusal is not null)
        {
            ServerLog.NoHandOver(log, refusal.Message);
        }
    }

    /// <summary>Attaches a program of one instruction that answers with a number.</summary>
    private static void Steer(Socket socket, int answer)
    {
        // struct sock_filter { u16 code; u8 jt, jf; u32 k; }; struct sock_fprog { u16 len; struct sock_filter *filter; }
        IntPtr filter = Marshal.AllocHGlobal(8);
        try
        {
            Marshal.WriteInt16(filter, 0, BpfRetK);
            Marshal.WriteInt16(filter, 2, 0);
            Marshal.WriteInt32(filter, 4, answer);
            byte[] program = new byte[2 * IntPtr.Size];
            BitConverter.TryWriteBytes(program, (ushort)1);
            MemoryMarshal.Write(program.AsSpan(IntPtr.Size), filter);
            socket.SetRawSocketOption(SolSocket, SoAttachReusePortCbpf, program);
        }
        finally
        {
            // The kernel has copied it.
            Marshal.FreeHGlobal(filter);
        }
    }
}
