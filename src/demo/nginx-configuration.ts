/** The configuration that the played nginx runs with, as somebody would write it; its path in the container. */
export const configurationFile = '/etc/nginx/nginx.conf';

export function writeNginxConfiguration(settings: { readonly listen: number; readonly to: string }): string {
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

        ssl_certificate     /etc/nginx/certificates/fullchain.pem;
        ssl_certificate_key /etc/nginx/certificates/privkey.pem;

        location /health {
            proxy_pass http://viworks-backend-agent-new:8080;
            proxy_set_header Host $host;
        }

        location /ws/agent {
            proxy_pass http://${to};
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_read_timeout 3600s;
        }

        location / {
            proxy_pass http://viworks-backend-agent-new:8080;
            proxy_set_header Host $host;
        }
    }
}
`;
}
