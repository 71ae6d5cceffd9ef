/** The configuration that the played nginx runs with, as somebody would write it. */
export const configurationFile = '/opt/viworks/nginx/nginx.conf';

export function writeNginxConfiguration(settings: { readonly listen: number; readonly to: number }): string {
  const { listen, to } = settings;
  return `worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;

events {
    worker_connections 1024;
}

http {
    access_log /var/log/nginx/access.log;

    map $http_upgrade $connection_upgrade {
        default upgrade;
        ''      close;
    }

    server {
        listen ${listen} ssl;
        server_name agent.example.com;

        ssl_certificate     /opt/viworks/nginx/agent.example.com.pem;
        ssl_certificate_key /opt/viworks/nginx/agent.example.com.key;

        location /health {
            proxy_pass http://127.0.0.1:8080;
            proxy_set_header Host $host;
        }

        location /ws/agent {
            proxy_pass http://127.0.0.1:${to};
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_read_timeout 3600s;
        }

        location / {
            proxy_pass http://127.0.0.1:8080;
            proxy_set_header Host $host;
        }
    }
}
`;
}
