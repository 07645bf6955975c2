import type { TlsFiles } from "./tls-files.ts";

/** What a proxy's configuration is made from. */
export interface ProxyFacts {
  readonly listen: number;
  readonly backend: number;
  readonly directory: string;
  /** `null`: plain. */
  readonly tls: TlsFiles | null;
}

/** nginx as a bare WebSocket tunnel, one worker. @param buffers lines that set its buffers; empty: as shipped */
export function nginxConfig({ listen, backend, directory, tls }: ProxyFacts, buffers: string): string {
  return `daemon off;
worker_processes 1;
pid ${directory}/nginx-${listen}.pid;
error_log ${directory}/nginx-${listen}.log crit;
events { worker_connections 16384; }
http {
  access_log off;
  client_body_temp_path ${directory}/nginx-body;
  proxy_temp_path ${directory}/nginx-proxy;
  fastcgi_temp_path ${directory}/nginx-fastcgi;
  uwsgi_temp_path ${directory}/nginx-uwsgi;
  scgi_temp_path ${directory}/nginx-scgi;
  server {
    listen 127.0.0.1:${listen} backlog=1024${tls === null ? "" : " ssl"};
    ${tls === null ? "" : `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key}; ssl_protocols TLSv1.3;`}
    location / {
      proxy_pass http://127.0.0.1:${backend};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_set_header Host $host;
      proxy_read_timeout 1h;
      ${buffers}
    }
  }
}
`;
}

/** The buffers that a reader of nginx's documentation sets for larger messages. */
export const LARGE_NGINX_BUFFERS =
  "proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k;";

/** HAProxy as a WebSocket tunnel, one thread. It finds the key beside the certificate, with `.key` behind its name. */
export function haproxyConfig({ listen, backend, tls }: ProxyFacts): string {
  return `global
  nbthread 1
  maxconn 8000
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout tunnel 1h
frontend bench
  bind 127.0.0.1:${listen} backlog 1024${tls === null ? "" : ` ssl crt ${tls.certificate} ssl-min-ver TLSv1.3`}
  default_backend echo
backend echo
  server echo 127.0.0.1:${backend}
`;
}
