# A WebSocket on which each short text comes back: the least of RFC 6455 that it takes. An application of more than that has a gem for it.
require "digest"

class Echo
  # @param key the visitor's Sec-WebSocket-Key
  # @param socket its connection, taken from the server
  def initialize(key, socket)
    @accept = Digest::SHA1.base64digest("#{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
    @socket = socket
  end

  # Answers on a thread of its own: the server's has other visitors.
  def start
    Thread.new do
      @socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: #{@accept}\r\n\r\n")
      while (text = hear)
        @socket.write([0x81, text.size, *text].pack("C*"))
      end
    rescue IOError, SystemCallError
      # The visitor is gone.
    ensure
      @socket.close
    end
  end

  private

  # Bytes of the next text of at most 125; nil when something else comes.
  def hear
    head = @socket.read(6)
    return unless head&.bytesize == 6 && head.getbyte(0) == 0x81 && head.getbyte(1) & 0x7f < 126
    mask = head.bytes.last(4)
    @socket.read(head.getbyte(1) & 0x7f).bytes.each_with_index.map { |byte, place| byte ^ mask[place % 4] }
  end
end
