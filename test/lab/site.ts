/** nginx's configuration on the lab's backend. */
export const nginxFile = '/etc/nginx/nginx.conf';
export const siteFile = '/etc/nginx/sites-enabled/agent.conf';
export const certificateFile = '/etc/nginx/certificates/fullchain.pem';
export const keyFile = '/etc/nginx/certificates/privkey.pem';

export const nginxMain = (http = '') => `user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log warn;

events {
    worker_connections 256;
}

http {
    access_log off;

    map $http_upgrade $connection_upgrade {
        default upgrade;
        ''      close;
    }

    ssl_certificate ${certificateFile};
    ssl_certificate_key ${keyFile};
${http}
    include /etc/nginx/sites-enabled/*;
}
`;

export const upgradeHeaders = `        proxy_http_version 1.1;
        proxy_set_header Host $host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;`;

/** `pass`: of the agent's location; `location`: what stands in it besides; `beside`: other locations. */
export interface Site {
  readonly pass?: string;
  readonly health?: string;
  readonly location?: string;
  readonly path?: string;
  readonly beside?: string;
  readonly before?: string;
  readonly listen?: readonly string[];
  readonly names?: string;
}

export const siteText = ({
  pass = 'http://127.0.0.1:8081',
  health = 'http://127.0.0.1:8080',
  location = `${upgradeHeaders}\n        proxy_read_timeout 3600s;`,
  path = '/ws/agent',
  beside = '',
  before = '',
  listen = ['443 ssl', '[::]:443 ssl'],
  names = 'agent.example.com',
}: Site = {}) => `# The agents' way in
${before}server {
${listen.map((words) => `    listen ${words};`).join('\n')}
    server_name ${names};

    location /health {
        proxy_pass ${health};
    }

    location ${path} {
        proxy_pass ${pass};
${location}
    }
${beside}}
`;
