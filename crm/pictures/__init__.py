"""Small pictures of sent ones. `crm.pictures.apart` is the door; that package alone knows Pillow's readers."""
