// Package connect has the lines that make an application send its mail to Postroom: for the window, which copies them, and for
// postroom setup, which prints them. It opens no files and knows no window.
package connect

import (
	"net"
	"strings"
)

// App is a kind of application, and what to write where.
type App struct {
	Name  string // as postroom setup has it: "laravel"
	Title string // "Laravel"
	Where string // the file that the lines are for: ".env"
	Lines string // with line ends
}

// Server is where the application's mail goes.
type Server struct {
	Host, Port string
	Program    string // path of postroom, for lines that call sendmail; "" for none
}

// ServerAt gives the server that listens on an address such as "0.0.0.0:1025": a client on this machine connects to its loopback.
func ServerAt(address, program string) Server {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = "127.0.0.1", "1025"
	}
	switch host {
	case "", "0.0.0.0", "::":
		host = "127.0.0.1"
	}
	return Server{Host: host, Port: port, Program: program}
}

// Address is host:port.
func (s Server) Address() string { return net.JoinHostPort(s.Host, s.Port) }

// Names gives the names of all applications, in their order.
func Names() []string {
	var names []string
	for _, a := range Apps(Server{Host: "127.0.0.1", Port: "1025"}) {
		names = append(names, a.Name)
	}
	return names
}

// Find gives the lines for one application.
func Find(name string, s Server) (App, bool) {
	for _, a := range Apps(s) {
		if a.Name == strings.ToLower(name) {
			return a, true
		}
	}
	return App{}, false
}

// Apps gives the lines for all.
func Apps(s Server) []App {
	fill := strings.NewReplacer("{host}", s.Host, "{port}", s.Port, "{address}", s.Address()).Replace
	apps := []App{
		{"php", "PHP", "php.ini", phpLines(s)},
		{"magento", "Magento 2", "a shell in its directory", fill(magento)},
		{"laravel", "Laravel", ".env", fill(laravel)},
		{"symfony", "Symfony", ".env.local", fill("MAILER_DSN=smtp://{address}\n")},
		{"wordpress", "WordPress", "wp-content/mu-plugins/postroom.php", fill(wordpress)},
		{"rails", "Rails", "config/environments/development.rb", fill(rails)},
		{"django", "Django", "settings.py", fill(django)},
		{"node", "Node, nodemailer", "where the transport is made", fill(node)},
		{"spring", "Spring Boot", "application.properties", fill(spring)},
		{"go", "Go", "where the mail is sent", fill(golang)},
		{"docker", "Docker", "docker run, or compose.yaml", fill(docker)},
	}
	return apps
}

// phpLines have PHP's mail() call our sendmail, which keeps what the application says on the command line, too.
func phpLines(s Server) string {
	lines := "; mail() on Windows, or where sendmail_path is not set\nSMTP = " + s.Host + "\nsmtp_port = " + s.Port + "\n"
	if s.Program == "" {
		return lines
	}
	program := s.Program
	if strings.ContainsAny(program, " ()&;$") {
		program = "'" + program + "'"
	}
	return "; on Linux and macOS\nsendmail_path = \"" + program + " sendmail -t -i\"\n\n" + lines
}

const magento = `bin/magento config:set system/smtp/disable 0
bin/magento config:set system/smtp/transport smtp
bin/magento config:set system/smtp/host {host}
bin/magento config:set system/smtp/port {port}
bin/magento config:set system/smtp/auth none
bin/magento config:set system/smtp/ssl ''
bin/magento cache:clean config
`

const laravel = `MAIL_MAILER=smtp
MAIL_HOST={host}
MAIL_PORT={port}
MAIL_USERNAME=null
MAIL_PASSWORD=null
MAIL_ENCRYPTION=null
`

const wordpress = `<?php
add_action( 'phpmailer_init', function ( $mail ) {
	$mail->isSMTP();
	$mail->Host        = '{host}';
	$mail->Port        = {port};
	$mail->SMTPAuth    = false;
	$mail->SMTPSecure  = '';
	$mail->SMTPAutoTLS = false;
} );
`

const rails = `config.action_mailer.delivery_method = :smtp
config.action_mailer.perform_deliveries = true
config.action_mailer.raise_delivery_errors = true
config.action_mailer.smtp_settings = {
  address: "{host}",
  port: {port},
  enable_starttls_auto: false
}
`

const django = `EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "{host}"
EMAIL_PORT = {port}
EMAIL_HOST_USER = ""
EMAIL_HOST_PASSWORD = ""
EMAIL_USE_TLS = False
EMAIL_USE_SSL = False
`

const node = `const transport = nodemailer.createTransport({
  host: "{host}",
  port: {port},
  secure: false,
  ignoreTLS: true,
});
`

const spring = `spring.mail.host={host}
spring.mail.port={port}
spring.mail.username=
spring.mail.password=
spring.mail.properties.mail.smtp.auth=false
spring.mail.properties.mail.smtp.starttls.enable=false
`

const golang = `err := smtp.SendMail("{address}", nil, from, to, message) // net/smtp; nil: no login
`

const docker = `# The container reaches this machine as host.docker.internal.
docker run --add-host=host.docker.internal:host-gateway \
  -e MAIL_HOST=host.docker.internal -e MAIL_PORT={port} IMAGE

# compose.yaml, in the service:
#   extra_hosts: ["host.docker.internal:host-gateway"]
#   environment: {MAIL_HOST: host.docker.internal, MAIL_PORT: "{port}"}

# Postroom must listen where containers reach it. In etc/postroom.toml:
#   [smtp]
#   listen = ["127.0.0.1:{port}", "172.17.0.1:{port}"]
`
