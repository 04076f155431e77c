# Homebrew on Linux: the daemon stands on epoll, which macOS has not. `brew install --build-from-source ./understudy.rb`,
# after `make dist` has made the tarball that url names.
class Understudy < Formula
  desc "Keeps chat apps answering when their cloud does not"
  homepage "https://understudy.invalid/"
  url "file://#{File.expand_path("../../build/dist/understudy-0.1.0.tar.gz", __dir__)}"
  version "0.1.0"
  license "MIT"

  depends_on "check" => [:build, :test]
  depends_on "pkgconf" => :build
  depends_on "curl"
  depends_on "inih"
  depends_on "jansson"
  depends_on "libmicrohttpd"
  depends_on :linux
  depends_on "zlib"

  def install
    system "make", "prefix=#{prefix}", "sysconfdir=#{etc}", "docdir=#{doc}", "mandir=#{man}",
           "bashcompletiondir=#{bash_completion}", "zshcompletiondir=#{zsh_completion}",
           "fishcompletiondir=#{fish_completion}", "install"
  end

  # Settings of the user's own are in ~/.config/understudy/understudy.ini.
  service do
    run [opt_bin/"understudy"]
    keep_alive crashed: true
    log_path var/"log/understudy.log"
    error_log_path var/"log/understudy.log"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/understudy version")
    port = free_port
    daemon = spawn bin/"understudy", "-s", "server.listen=127.0.0.1:#{port}"
    sleep 2
    assert_match "serves", shell_output("#{bin}/understudy -s server.listen=127.0.0.1:#{port} check --local")
  ensure
    Process.kill "TERM", daemon
  end
end
