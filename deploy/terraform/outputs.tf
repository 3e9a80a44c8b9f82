output "reserved_ip" {
  value       = digitalocean_reserved_ip.this.ip_address
  description = "The floating IP."
}

output "public_addresses" {
  value       = merge({ web = digitalocean_droplet.web.ipv4_address }, { for name, droplet in digitalocean_droplet.haproxy : name => droplet.ipv4_address })
  description = "Where to reach each droplet by SSH."
}

# terraform output -raw values >values: the file that deploy/cloud-init/setup.sh agent reads.
output "values" {
  value = join("", [for name, value in {
    WEB_ADDRESS             = digitalocean_droplet.web.ipv4_address_private
    HAPROXY_PRIVATE_NETWORK = var.ip_range
    HAPROXY_1_ADDRESS       = digitalocean_droplet.haproxy["haproxy-1"].ipv4_address_private
    HAPROXY_1_DROPLET       = digitalocean_droplet.haproxy["haproxy-1"].id
    HAPROXY_2_ADDRESS       = digitalocean_droplet.haproxy["haproxy-2"].ipv4_address_private
    HAPROXY_2_DROPLET       = digitalocean_droplet.haproxy["haproxy-2"].id
    FLOATING_IP             = digitalocean_reserved_ip.this.ip_address
  } : "${name}=${value}\n"])
  description = "What the cloud chose, in the names of the table Variables of deploy/reference/README.md."
}

# terraform output -raw inventory >inventory.yml: for deploy/ansible/reference.yml.
output "inventory" {
  value = yamlencode({ all = {
    vars = { ansible_user = "root", floating_ip = digitalocean_reserved_ip.this.ip_address, private_network = var.ip_range }
    children = {
      web_servers = { hosts = { web = {
        ansible_host    = digitalocean_droplet.web.ipv4_address
        private_address = digitalocean_droplet.web.ipv4_address_private
      } } }
      load_balancers = { hosts = { for name, droplet in digitalocean_droplet.haproxy : name => {
        ansible_host    = droplet.ipv4_address
        private_address = droplet.ipv4_address_private
        droplet_id      = tonumber(droplet.id)
      } } }
    }
  } })
  description = "An inventory for Ansible."
}
