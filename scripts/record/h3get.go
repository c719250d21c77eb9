// SPDX-License-Identifier: GPL-3.0-or-later
//
// h3get ADDR:PORT URL [COUNT [PAUSE]]: fetches URL by HTTP/3 (quic-go), from ADDR, COUNT
// times over one connection. curl of Debian 12 has no HTTP/3.
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/lucas-clemente/quic-go"
	"github.com/lucas-clemente/quic-go/http3"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: h3get ADDR:PORT URL [COUNT [PAUSE]]")
		os.Exit(2)
	}
	count, pause := 1, time.Duration(0)
	if len(os.Args) > 3 {
		count, _ = strconv.Atoi(os.Args[3])
	}
	if len(os.Args) > 4 {
		pause, _ = time.ParseDuration(os.Args[4])
	}
	target, err := url.Parse(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "h3get:", err)
		os.Exit(2)
	}
	transport := &http3.RoundTripper{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: target.Hostname()},
		Dial: func(ctx context.Context, _ string, t *tls.Config, q *quic.Config) (quic.EarlyConnection, error) {
			return quic.DialAddrEarlyContext(ctx, os.Args[1], t, q)
		},
	}
	defer transport.Close()
	client := &http.Client{Transport: transport}
	for i := 0; i < count; i++ {
		answer, err := client.Get(os.Args[2])
		if err != nil {
			fmt.Fprintln(os.Stderr, "h3get:", err)
			os.Exit(1)
		}
		bytes, _ := io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		fmt.Println(answer.Proto, answer.StatusCode, bytes)
		time.Sleep(pause)
	}
}
