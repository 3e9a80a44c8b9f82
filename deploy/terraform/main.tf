# The reference cluster at DigitalOcean: web, haproxy-1 and haproxy-2 in one VPC, firewalls, and the reserved IP. Terraform builds the stage and
# sets the address where the play begins; who has it afterwards is the agents' business. There is no secret in here, so there is none in the state.

locals {
  load_balancers    = ["haproxy-1", "haproxy-2"]
  load_balancer_ids = [for name in local.load_balancers : digitalocean_droplet.haproxy[name].id]
  sites             = "8001-8007"
  everywhere        = ["0.0.0.0/0", "::/0"]
}

module "web_user_data" {
  source = "./user-data"
  part   = "web"
  values = { WEB_ADDRESS = "auto" }
}

module "haproxy_user_data" {
  source      = "./user-data"
  part        = "haproxy"
  values      = { WEB_ADDRESS = digitalocean_droplet.web.ipv4_address_private, HAPROXY_PRIVATE_NETWORK = var.ip_range }
  apt_url     = var.apt_url
  apt_keyring = var.apt_keyring
}

resource "digitalocean_vpc" "this" {
  name     = var.name
  region   = var.region
  ip_range = var.ip_range
}

resource "digitalocean_droplet" "web" {
  name      = "web"
  region    = var.region
  image     = var.image
  size      = var.size
  vpc_uuid  = digitalocean_vpc.this.id
  ssh_keys  = var.ssh_keys
  user_data = module.web_user_data.text

  # New user-data means a new droplet. Running machines are changed with Ansible or by hand, or made anew one after the other:
  # terraform apply -replace='digitalocean_droplet.haproxy["haproxy-2"]'
  lifecycle {
    ignore_changes = [user_data]
  }
}

resource "digitalocean_droplet" "haproxy" {
  for_each  = toset(local.load_balancers)
  name      = each.key
  region    = var.region
  image     = var.image
  size      = var.size
  vpc_uuid  = digitalocean_vpc.this.id
  ssh_keys  = var.ssh_keys
  user_data = module.haproxy_user_data.text

  # As above; here it would even be both at once.
  lifecycle {
    ignore_changes = [user_data]
  }
}

# Only the first holder is Terraform's: the agents move the address, and an apply that moved it back would be an outage.
resource "digitalocean_reserved_ip" "this" {
  region     = var.region
  droplet_id = digitalocean_droplet.haproxy["haproxy-1"].id

  lifecycle {
    ignore_changes = [droplet_id]
  }
}

resource "digitalocean_firewall" "haproxy" {
  name        = "${var.name}-haproxy"
  droplet_ids = local.load_balancer_ids

  inbound_rule {
    protocol         = "tcp"
    port_range       = local.sites
    source_addresses = local.everywhere
  }
  # The agents' adverts, from each other only.
  inbound_rule {
    protocol           = "udp"
    port_range         = "5112"
    source_droplet_ids = local.load_balancer_ids
  }
  # Statistics of the sites.
  inbound_rule {
    protocol         = "tcp"
    port_range       = "8101-8107"
    source_addresses = [var.ip_range]
  }
  inbound_rule {
    protocol         = "tcp"
    port_range       = "22"
    source_addresses = var.ssh_from
  }

  dynamic "outbound_rule" {
    for_each = ["tcp", "udp"]
    content {
      protocol              = outbound_rule.value
      port_range            = "1-65535"
      destination_addresses = local.everywhere
    }
  }
  outbound_rule {
    protocol              = "icmp"
    destination_addresses = local.everywhere
  }
}

resource "digitalocean_firewall" "web" {
  name        = "${var.name}-web"
  droplet_ids = [digitalocean_droplet.web.id]

  inbound_rule {
    protocol           = "tcp"
    port_range         = local.sites
    source_droplet_ids = local.load_balancer_ids
  }
  inbound_rule {
    protocol         = "tcp"
    port_range       = "22"
    source_addresses = var.ssh_from
  }

  dynamic "outbound_rule" {
    for_each = ["tcp", "udp"]
    content {
      protocol              = outbound_rule.value
      port_range            = "1-65535"
      destination_addresses = local.everywhere
    }
  }
  outbound_rule {
    protocol              = "icmp"
    destination_addresses = local.everywhere
  }
}
