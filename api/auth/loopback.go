package auth

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// CheckLoopback refuses an address to listen on that other machines can reach: callers
// name themselves and nobody proves it, so that only programs of this machine may call.
// addr is host:port; the host must be an address such as 127.0.0.1 or ::1, or localhost.
func CheckLoopback(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("address %q must be host:port, such as 127.0.0.1:8080", addr)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("address %q must end in a port from 0 to 65535, such as "+
			"127.0.0.1:8080", addr)
	}
	const why = "callers are not identified yet, so that only this machine may reach the server"
	switch host {
	case "localhost":
		return nil
	case "":
		return fmt.Errorf("address %q listens on every network of this machine; %s: "+
			"use 127.0.0.1:%s", addr, why, port)
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return fmt.Errorf("address %q names a host; %s: use 127.0.0.1:%s", addr, why, port)
	}
	if !ip.Unmap().IsLoopback() {
		return fmt.Errorf("address %q can be reached by other machines; %s: use 127.0.0.1:%s",
			addr, why, port)
	}
	return nil
}
